from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlst_gui.settings.user_file import read_object, write_object


def test_write_object_when_the_folder_is_new_then_it_is_made_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "keys.json"
    write_object(path, {"preset": "CVAT", "names": ["ä", "✓"]})
    assert read_object(path) == {"preset": "CVAT", "names": ["ä", "✓"]}
    assert list(path.parent.iterdir()) == [path]


def test_write_object_when_it_fails_half_way_then_the_old_file_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "keys.json"
    write_object(path, {"a": 1})

    def full(_number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_object(path, {"a": 2})
    assert json.loads(path.read_text("utf-8")) == {"a": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_read_object_when_there_is_no_file_then_is_empty_without_a_word(tmp_path: Path) -> None:
    assert read_object(tmp_path / "none.json") == {}


@pytest.mark.logs_warnings
@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[1]", b"null", b"\xff\xfe", b"[" * 100_000],
    ids=["empty", "cut", "list", "null", "bytes", "deep"],
)
def test_read_object_when_the_file_is_damaged_then_is_empty_and_warns(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(content)
    assert read_object(path) == {}
    assert "keys.json" in caplog.text


@pytest.mark.logs_warnings
def test_read_object_when_the_path_is_a_folder_then_is_empty_and_warns(tmp_path: Path) -> None:
    assert read_object(tmp_path) == {}
