"""What a call of `track` leaves that came to no end, and what the next one makes of it."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dlst_gui.api import open_trace
from dlst_gui.cli import main
from dlst_gui.commands.track import run_part, run_video
from dlst_gui.evidence.trace_facts import FullDiskTraceError
from dlst_gui.evidence.trace_writer import TraceWriter
from dlst_gui.files import WriterLock
from dlst_gui.formats.registry import format_named
from tests.dlst_gui.commands.command_fakes import CommandTracker, FakeFactory
from tests.dlst_gui.commands.track_kill_trials import Outputs, killed_and_finished

Track = Callable[..., int]
FULL = OSError(errno.ENOSPC, "No space left on device")


class KilledError(BaseException):
    """Ends a call without a word, as a kill does: nothing but what was written before is left."""


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out" / "boxes.csv"


@pytest.fixture
def track(sequence: Path, out: Path) -> Track:
    def run(*words: str, factory: FakeFactory | None = None) -> int:
        return main(["track", str(sequence), "--out", str(out), *words], make_tracker=factory or FakeFactory())

    return run


@pytest.fixture(autouse=True)
def _nobody_waits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("dlst_gui.commands.running.full_disk.PAUSE_S", 0.01)
    monkeypatch.setattr("dlst_gui.commands.running.full_disk.UNATTENDED_S", 0.05)
    monkeypatch.setattr(
        "dlst_gui.commands.track.run_files.projects_folder", lambda: tmp_path / "data" / "projects"
    )


@pytest.fixture
def checkpoints_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_part, "_CHECKPOINT_EVERY_S", 0.0)
    monkeypatch.setattr(run_part, "_CHECKPOINT_SHARE", 1e9)


@pytest.fixture
def killed_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Lets the tracker end the process when it gets a frame, counted from the first."""

    def arm(frame_index: int) -> None:
        original = CommandTracker.track

        def track(self: CommandTracker, *args: object, **words: object) -> object:
            if self.tracked + 1 == frame_index:
                monkeypatch.setattr(CommandTracker, "track", original)
                raise KilledError
            return original(self, *args, **words)

        monkeypatch.setattr(CommandTracker, "track", track)

    return arm


def boxes_in(part: Path) -> list[dict[str, object]]:
    _, *frames = (part / "boxes.jsonl").read_text().splitlines()
    return [json.loads(line) for line in frames]


def calls_of(factory: FakeFactory) -> list[str]:
    return [name for tracker in factory.trackers for name, _ in tracker.calls]


def left_beside(out: Path) -> list[str]:
    return sorted(path.name for path in out.parent.iterdir())


@pytest.mark.usefixtures("checkpoints_at_once")
def test_track_when_killed_then_its_frames_are_there_and_the_next_call_goes_on_after_them(
    track: Track, out: Path, killed_at: Callable[[int], None], capsys: pytest.CaptureFixture[str]
) -> None:
    killed_at(8)
    with pytest.raises(KilledError):
        track()
    part = out.with_name("boxes.csv.part")
    assert [each["frame"] for each in boxes_in(part)] == list(range(8))
    assert not out.exists()
    second = FakeFactory()
    assert track(factory=second) == 0
    assert calls_of(second) == ["initialize", "resume", *["track"] * 4]
    assert "going on after frame 7" in capsys.readouterr().err
    finished = out.read_bytes()
    assert left_beside(out) == ["boxes.csv", "boxes.csv.export.json"]
    assert track("--restart") == 0
    assert out.read_bytes() == finished


def test_track_when_killed_before_there_was_a_checkpoint_then_all_is_tracked_again(
    track: Track, out: Path, killed_at: Callable[[int], None], capsys: pytest.CaptureFixture[str]
) -> None:
    killed_at(8)
    with pytest.raises(KilledError):
        track()
    second = FakeFactory()
    assert track(factory=second) == 0
    assert calls_of(second) == ["initialize", *["track"] * 11]
    assert "8 frames, but no state of the tracker" in capsys.readouterr().err
    assert len(out.read_text().splitlines()) == 13


@pytest.mark.usefixtures("checkpoints_at_once")
def test_trace_and_video_when_killed_then_are_whole_once_the_next_call_is_done(
    track: Track, out: Path, killed_at: Callable[[int], None]
) -> None:
    trace, video = out.with_name("trace.jsonl"), out.with_name("clip.mp4")
    words = ("--trace", str(trace), "--video", str(video))
    killed_at(8)
    with pytest.raises(KilledError):
        track(*words)
    assert len((out.with_name("boxes.csv.part") / "trace.jsonl").read_text().splitlines()) == 8
    assert track(*words) == 0
    assert [json.loads(line)["frame"] for line in trace.read_text().splitlines()] == list(range(12))
    assert Outputs(out, trace, video).frames_in_video() == 12
    assert left_beside(out) == ["boxes.csv", "boxes.csv.export.json", "clip.mp4", "trace.jsonl"]


@pytest.mark.usefixtures("checkpoints_at_once")
def test_evidence_when_killed_then_is_whole_once_the_next_call_is_done(
    track: Track, out: Path, killed_at: Callable[[int], None]
) -> None:
    trace = out.with_name("trace.dlsttrace")
    killed_at(8)
    with pytest.raises(KilledError):
        track("--trace", str(trace))
    with open_trace(out.with_name("boxes.csv.part") / "trace.dlsttrace") as part:
        assert len(part) == 8
    assert track("--trace", str(trace)) == 0
    with open_trace(trace) as whole:
        assert [each.frame_index for each in whole] == list(range(12))
    assert left_beside(out) == ["boxes.csv", "boxes.csv.export.json", "trace.dlsttrace"]


def test_evidence_when_the_disk_is_full_for_a_while_then_waits_and_has_every_frame(
    track: Track, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = out.with_name("trace.dlsttrace")
    keep, failures = TraceWriter.keep, [3]

    def full_at_first(self: TraceWriter, *args: object) -> None:
        if failures[0]:
            failures[0] -= 1
            raise FullDiskTraceError(trace, "the disk is full")
        keep(self, *args)

    monkeypatch.setattr(TraceWriter, "keep", full_at_first)
    assert track("--trace", str(trace)) == 0
    with open_trace(trace) as whole:
        assert len(whole) == 12


def test_track_when_killed_while_its_files_are_written_then_the_next_call_tracks_nothing(
    track: Track, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:

        def killed(*_: object) -> None:
            raise KilledError

        patch.setattr("dlst_gui.commands.track.run_files.snapshot_of_run", killed)
        with pytest.raises(KilledError):
            track()
    second = FakeFactory()
    assert track(factory=second) == 0
    assert not second.trackers
    assert len(out.read_text().splitlines()) == 13


def test_track_when_interrupted_then_the_same_call_goes_on_and_another_one_takes_its_place(
    track: Track, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert track(factory=FakeFactory(interrupted_at=4)) == 130
    assert "the same call goes on from there" in capsys.readouterr().err
    assert len(out.read_text().splitlines()) == 6
    second = FakeFactory(interrupted_at=6)
    assert track(factory=second) == 130
    assert calls_of(second) == ["initialize", "resume", "track", "track"]
    other = FakeFactory()
    assert track("--seed", "1", factory=other) == 0
    assert "an interrupted run with other arguments (7 frames) is dropped" in capsys.readouterr().err
    assert calls_of(other) == ["initialize", *["track"] * 11]
    assert left_beside(out) == ["boxes.csv", "boxes.csv.export.json"]


@pytest.mark.parametrize(
    ("words", "differing"),
    [
        (("--seed", "1"), "seed"),
        (("--init", "21,40,24,24"), "first box"),
        (("--stop", "10"), "frames"),
        (("--format", "jsonl"), "files"),
        (("--preset", "dlst"), "system, weights"),
        (("--threads", "7"), "threads"),
        (("--guide", "fear-xs"), "system, guide"),
    ],
)
def test_track_when_a_killed_run_differs_then_it_is_kept_unless_it_is_to_be_dropped(
    track: Track,
    out: Path,
    killed_at: Callable[[int], None],
    words: tuple[str, ...],
    differing: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    killed_at(5)
    with pytest.raises(KilledError):
        track()
    before = (out.with_name("boxes.csv.part") / "boxes.jsonl").read_bytes()
    factory = FakeFactory()
    assert track(*words, factory=factory) == 2
    assert f"boxes.csv.part holds 5 frames of an unfinished run that differs in: {differing}." in (
        capsys.readouterr().err
    )
    assert not factory.trackers
    assert (out.with_name("boxes.csv.part") / "boxes.jsonl").read_bytes() == before
    assert track(*words, "--restart") == 0
    assert left_beside(out) == ["boxes.csv", "boxes.csv.export.json"]


@pytest.mark.usefixtures("checkpoints_at_once")
@pytest.mark.parametrize("damage", [b"", b'{"frame": 99', b"\0" * 50, b"[1]\n"])
def test_track_when_the_part_is_torn_then_its_whole_lines_count(
    track: Track, out: Path, killed_at: Callable[[int], None], damage: bytes
) -> None:
    killed_at(5)
    with pytest.raises(KilledError):
        track()
    part = out.with_name("boxes.csv.part")
    lines = (part / "boxes.jsonl").read_bytes()
    (part / "boxes.jsonl").write_bytes(lines[: lines[:-1].rindex(b"\n") + 9] if damage == b"" else lines + damage)
    (part / "tracker.npz").write_bytes(b"PK nothing") if damage else None
    assert track() == 0
    assert len(out.read_text().splitlines()) == 13


def test_track_when_another_run_writes_the_same_files_then_refused(
    track: Track, out: Path, killed_at: Callable[[int], None], capsys: pytest.CaptureFixture[str]
) -> None:
    killed_at(5)
    with pytest.raises(KilledError):
        track()
    lock = WriterLock(out.with_name("boxes.csv.part") / "writer")
    assert lock.take()
    try:
        assert track() == 2
    finally:
        lock.close()
    assert "another run is writing the same files" in capsys.readouterr().err


def test_track_when_something_else_has_the_parts_name_then_it_is_left_alone(
    track: Track, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    part = out.with_name("boxes.csv.part")
    part.mkdir(parents=True)
    (part / "notes.txt").write_text("mine")
    assert track() == 2
    assert "boxes.csv.part is in the way" in capsys.readouterr().err
    assert left_beside(part / "notes.txt") == ["notes.txt"]


def test_track_when_the_part_is_of_a_newer_version_then_it_is_left_alone(
    track: Track, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    boxes = out.with_name("boxes.csv.part") / "boxes.jsonl"
    boxes.parent.mkdir(parents=True)
    boxes.write_text('{"format": "dlst-track", "version": 99}\n{"frame": 0}\n')
    before = boxes.read_bytes()
    assert track("--restart") == 2
    assert "boxes.jsonl was not written by this version of the program; move it away" in capsys.readouterr().err
    assert boxes.read_bytes() == before


# A full disk


@pytest.mark.parametrize("option", ["--out", "--trace"])
def test_track_when_the_disk_is_full_for_a_while_then_waits_and_loses_nothing(
    sequence: Path,
    tmp_path: Path,
    option: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    target, real, failing = tmp_path / "out.jsonl", os.write, iter([False] * 6 + [True] * 3)

    def write(handle: int, content: bytes) -> int:
        if len(content) > 7 and next(failing, False):
            real(handle, content[:7])  # a full disk takes a part
            raise_full()
        return real(handle, content)

    monkeypatch.setattr("dlst_gui.commands.running.line_file.os.write", write)
    assert main(["track", str(sequence), option, str(target)], make_tracker=FakeFactory()) == 0
    printed = capsys.readouterr().err
    assert printed.count("the disk is full") == 1
    assert "there is room again" in printed
    assert len(target.read_text().splitlines()) == (14 if option == "--out" else 12)


def raise_full() -> None:
    raise FULL


@pytest.mark.parametrize("option", ["--out", "--trace"])
def test_track_when_the_disk_stays_full_then_ends_with_one_sentence_and_the_next_call_finishes(
    sequence: Path,
    tmp_path: Path,
    option: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    target, real, written = tmp_path / "out.jsonl", os.write, iter(range(6))
    words = ["track", str(sequence), option, str(target)]
    with monkeypatch.context() as patch:

        def write(handle: int, content: bytes) -> int:
            if next(written, None) is None:
                raise_full()
            return real(handle, content)

        patch.setattr("dlst_gui.commands.running.line_file.os.write", write)
        assert main(words, make_tracker=FakeFactory()) == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith(f"dlst: {target}.part/")
    assert "the disk is full" in last
    assert f"frames are in {target}.part; the same call goes on from there" in last
    assert main(words, make_tracker=FakeFactory()) == 0
    assert len(target.read_text().splitlines()) == (14 if option == "--out" else 12)


@pytest.mark.parametrize("number", [errno.EIO, errno.EROFS, errno.EFBIG])
def test_track_when_a_line_cannot_be_written_at_all_then_names_the_file_and_says_why(
    track: Track, out: Path, number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def write(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("dlst_gui.commands.running.line_file.os.write", write)
    assert track() == 2
    assert f"{out}.part/boxes.jsonl cannot be written ({os.strerror(number)})" in capsys.readouterr().err


def test_video_when_the_disk_is_full_meanwhile_then_it_is_drawn_in_the_end(
    track: Track, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    video, writer = out.with_name("clip.mp4"), run_video.AnnotatedVideoWriter
    add, is_full = writer.add, iter([False] * 5 + [True] * 3)

    def failing(self: run_video.AnnotatedVideoWriter, *args: object, **words: object) -> None:
        if next(is_full, False):
            raise run_video.VideoError("cannot be written") from FULL
        add(self, *args, **words)

    monkeypatch.setattr(writer, "add", failing)
    assert track("--video", str(video)) == 0
    printed = capsys.readouterr().err
    assert "the video will be drawn once tracking has ended" in printed
    assert "there is room again" in printed
    assert Outputs(out, None, video).frames_in_video() == 12
    assert left_beside(out) == ["boxes.csv", "boxes.csv.export.json", "clip.mp4"]


def test_labels_when_the_disk_is_full_for_a_while_then_are_written_once_there_is_room(
    track: Track, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    csv, is_full = format_named("csv"), iter([True] * 3)

    def write(*args: object) -> None:
        if next(is_full, False):
            raise_full()
        csv.write(*args)

    monkeypatch.setattr("dlst_gui.commands.track.run_outputs.known_format", lambda _: replace(csv, write=write))
    assert track() == 0
    assert capsys.readouterr().err.count("the disk is full") == 1
    assert len(out.read_text().splitlines()) == 13
    assert left_beside(out) == ["boxes.csv", "boxes.csv.export.json"]


def test_track_when_only_a_video_with_a_long_name_is_wanted_then_its_part_has_a_short_one(
    sequence: Path, tmp_path: Path
) -> None:
    video = tmp_path / "out" / f"{'v' * 251}.mp4"
    words = ["track", str(sequence), "--video", str(video)]
    assert main(words, make_tracker=FakeFactory(interrupted_at=4)) == 130
    assert len(left_beside(video)) == 2
    assert main(words, make_tracker=FakeFactory()) == 0
    assert Outputs(video, None, video).frames_in_video() == 12
    assert left_beside(video) == [video.name]


def test_track_when_killed_at_random_moments_then_nothing_is_lost(tmp_path: Path) -> None:
    """See `track_kill_trials`; a few of them."""
    for seed in range(4):
        assert killed_and_finished(tmp_path / str(seed), seed) == []
