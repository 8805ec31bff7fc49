import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.running.full_disk import DiskFullError, DiskPatience, is_disk_full
from dlst_gui.commands.running.line_file import LineFile

FULL = OSError(errno.ENOSPC, "No space left on device")


def failing(times: int, error: OSError = FULL) -> Callable[[], str]:
    left = [error] * times

    def action() -> str:
        if left:
            raise left.pop()
        return "done"

    return action


def patience(tries: int | None = None, *, interrupted_after: int = 10**6) -> DiskPatience:
    polls = iter([False] * interrupted_after)
    return DiskPatience(lambda: next(polls, True), tries, pause_s=0.0)


def test_until_done_when_there_is_room_after_a_while_then_is_done_and_says_so_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert patience().until_done(failing(3), Path("o.csv"), waiting="the latest frame") == "done"
    printed = capsys.readouterr().err.splitlines()
    assert len(printed) == 2
    assert "o.csv: the disk is full, and the latest frame waits in memory; free some space" in printed[0]
    assert printed[1] == "o.csv: there is room again"


@pytest.mark.parametrize(("tries", "interrupted_after"), [(3, 10**6), (None, 2)], ids=["unattended", "Ctrl+C"])
def test_until_done_when_nobody_waits_any_longer_then_ends(tries: int | None, interrupted_after: int) -> None:
    waiting = patience(tries, interrupted_after=interrupted_after)
    with pytest.raises(DiskFullError, match=r"o\.csv: the disk is full, so all of it could not be written"):
        waiting.until_done(failing(10**6), Path("o.csv"), waiting="all of it")


def test_until_done_when_something_else_fails_then_is_not_repeated() -> None:
    action = failing(1, OSError(errno.EIO, "Input/output error"))
    with pytest.raises(OSError, match="Input/output"):
        patience().until_done(action, Path("o.csv"), waiting="")
    assert action() == "done"


def test_is_disk_full_when_an_error_was_raised_from_one_then_true() -> None:
    error = ValueError("not written")
    error.__cause__ = OSError(errno.EDQUOT, "Disk quota exceeded")
    assert is_disk_full(error)
    assert not is_disk_full(ValueError("not written"))


def append_many(lines: LineFile) -> None:
    for _ in range(10**6):
        lines.append("x")


def test_line_file_when_a_sync_fails_then_the_next_one_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dlst_gui.commands.running.line_file._SYNCED_EVERY_S", 0.0)
    lines = LineFile(tmp_path / "lines", patience(), waiting="a line")
    with monkeypatch.context() as patch:
        patch.setattr("dlst_gui.commands.running.line_file.os.fsync", failing_sync)
        with pytest.raises(CommandError, match="lines cannot be written"):
            append_many(lines)
    lines.close()


def failing_sync(handle: int) -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_line_file_when_opened_again_then_goes_on_after_what_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    with LineFile(path, patience(), waiting="a line") as lines:
        lines.append("one")
        lines.append("two")
        assert path.read_bytes() == b"one\ntwo\n"  # without closing it
    with LineFile(path, patience(), keep_bytes=4, waiting="a line") as lines:
        lines.append("three")
    assert path.read_bytes() == b"one\nthree\n"
