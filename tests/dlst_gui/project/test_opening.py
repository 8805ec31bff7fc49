"""Which project a video gets, and what is asked before anything is shifted, lost or overwritten."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dlst_gui.project.edits import add_track
from dlst_gui.project.opening import Choice, OpenProject, ProjectOpener, UndecidedProjectError
from dlst_gui.project.tracks import Keyframe
from dlst_gui.project.video_identity import Fingerprint, VideoIdentity
from tracker_core import Box

BOX = Box(10, 20, 30, 40)


@pytest.fixture
def video(tmp_path: Path) -> VideoIdentity:
    (tmp_path / "videos").mkdir()
    return VideoIdentity(
        str(tmp_path / "videos" / "clip.mp4"), 100, 640, 360, 12345, (Fingerprint(0, "aa"), Fingerprint(99, "bb"))
    )


@pytest.fixture
def opener(tmp_path: Path) -> ProjectOpener:
    return ProjectOpener(tmp_path / "data")


def label(opened: OpenProject) -> None:
    """One box, then the project is closed."""
    opened.history.do(add_track(opened.project, label="dog", color="#5cc8ff", keyframe=Keyframe(3, BOX)))
    opened.store.close()


def test_open_when_there_is_no_project_then_one_is_made_beside_the_video(
    opener: ProjectOpener, video: VideoIdentity
) -> None:
    opened = opener.open_for(video)
    assert opened.store.path == Path(video.path + ".dlst")
    assert opened.notice == ""
    opened.store.close()


def test_open_when_opened_again_then_the_boxes_are_there(opener: ProjectOpener, video: VideoIdentity) -> None:
    label(opener.open_for(video))
    again = opener.open_for(video)
    assert again.project.manual_boxes(1) == {3: BOX}
    assert again.history.undo_title is not None
    again.store.close()


def test_open_when_another_window_has_it_then_it_can_be_looked_at_and_says_why(
    opener: ProjectOpener, video: VideoIdentity
) -> None:
    first = opener.open_for(video)
    second = opener.open_for(video)
    assert second.store.is_read_only
    assert "Another window" in second.notice
    second.store.close()
    first.store.close()


def test_open_when_the_video_was_moved_then_its_new_place_is_kept(
    opener: ProjectOpener, video: VideoIdentity, tmp_path: Path
) -> None:
    opened = opener.open_for(video)
    project_path = opened.store.path
    label(opened)
    moved = replace(video, path=str(tmp_path / "moved.mp4"))
    again = opener.open_for(moved, path=project_path)
    assert again.project.video.path == moved.path
    again.store.close()


@pytest.mark.parametrize(
    ("changes", "word"),
    [({"frame_count": 99}, "frames"), ({"fingerprints": (Fingerprint(0, "cc"),)}, "pixels on frame 0")],
    ids=["trimmed", "other-pixels"],
)
def test_open_when_the_video_is_another_then_asks_and_changes_nothing(
    opener: ProjectOpener, video: VideoIdentity, changes: dict[str, object], word: str
) -> None:
    label(opener.open_for(video))
    other = replace(video, **changes)
    with pytest.raises(UndecidedProjectError, match=word) as raised:
        opener.open_for(other)
    assert raised.value.choices == (Choice.START_NEW, Choice.USE_ANYWAY)
    fresh = opener.open_for(other, choice=Choice.START_NEW)
    assert fresh.project.tracks() == ()
    fresh.store.close()
    kept = opener.open_for(video)
    assert kept.project.manual_boxes(1) == {3: BOX}
    kept.store.close()
    taken = opener.open_for(other, choice=Choice.USE_ANYWAY)
    assert taken.project.manual_boxes(1) == {3: BOX}
    assert taken.project.video == other
    taken.store.close()


def test_open_when_the_project_is_damaged_then_repair_keeps_the_damaged_file(
    opener: ProjectOpener, video: VideoIdentity
) -> None:
    opened = opener.open_for(video)
    path = opened.store.path
    assert path is not None
    label(opened)
    content = bytearray(path.read_bytes())
    content[4096 : 3 * 4096] = b"\xff" * (2 * 4096)  # two pages of tables
    path.write_bytes(content)
    with pytest.raises(UndecidedProjectError, match="damaged") as raised:
        opener.open_for(video)
    assert Choice.REPAIR in raised.value.choices
    repaired = opener.open_for(video, choice=Choice.REPAIR)
    assert repaired.store.path == path
    assert path.with_name(path.name + ".damaged").read_bytes() == bytes(content)
    repaired.store.close()


def test_open_when_it_is_no_project_then_a_new_one_gets_another_name(
    opener: ProjectOpener, video: VideoIdentity
) -> None:
    path = Path(video.path + ".dlst")
    path.write_text("my notes")
    with pytest.raises(UndecidedProjectError) as raised:
        opener.open_for(video)
    assert Choice.START_NEW in raised.value.choices
    fresh = opener.open_for(video, choice=Choice.START_NEW)
    assert fresh.store.path == path.with_name("clip.mp4 2.dlst")
    assert path.read_text() == "my notes"
    fresh.store.close()


def test_open_when_nothing_can_be_written_then_work_goes_on_and_it_says_that_nothing_is_saved(
    video: VideoIdentity, tmp_path: Path
) -> None:
    """A file lies where the folder would be: root may write anywhere, so permissions would prove nothing."""
    blocked = tmp_path / "blocked"
    blocked.write_text("")
    nowhere = replace(video, path=str(tmp_path / "gone" / "clip.mp4"))
    opened = ProjectOpener(blocked).open_for(nowhere)
    assert "Nothing is being saved" in opened.notice
    assert opened.store.path is None
    label(opened)
