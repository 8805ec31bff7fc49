"""Which project a video gets, and what is asked before anything is shifted, lost or overwritten."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from dlst_gui.project import opening, placement, store, writer_lock
from dlst_gui.project.backups import BACKUPS_FOLDER, BackupLimits, Backups
from dlst_gui.project.choices import Choice, UndecidedProjectError
from dlst_gui.project.edits import add_track
from dlst_gui.project.errors import ReadOnlyFolderError
from dlst_gui.project.opening import OpenProject, ProjectOpener
from dlst_gui.project.salvage import repair
from dlst_gui.project.store import ProjectStore
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


@pytest.fixture
def missing(opener: ProjectOpener, video: VideoIdentity, tmp_path: Path) -> Path:
    """A project that was deleted; one earlier state of it is kept."""
    label(opener.open_for(video))
    path = Path(video.path + ".dlst")
    backups = Backups(tmp_path / "data" / BACKUPS_FOLDER)
    assert backups.make(path, datetime.now().astimezone(), BackupLimits()) is not None
    path.unlink()
    return path


def test_open_when_the_project_is_missing_and_an_earlier_state_is_kept_then_one_is_asked_and_can_restore_it(
    opener: ProjectOpener, video: VideoIdentity, missing: Path, tmp_path: Path
) -> None:
    with pytest.raises(UndecidedProjectError, match=r"is missing, but one earlier state of it is kept") as asked:
        opener.open_for(video)
    assert asked.value.choices == (Choice.RESTORE, Choice.START_NEW)
    assert not missing.exists()
    (state,) = Backups(tmp_path / "data" / BACKUPS_FOLDER).states_of(missing)
    opened = opener.open_for(video, path=asked.value.project_path, choice=Choice.RESTORE, elsewhere=state.path)
    assert opened.project.manual_boxes(1) == {3: BOX}
    opened.close()
    opener.open_for(video).close()


def test_open_when_the_project_is_missing_and_was_rescued_then_that_can_be_opened_and_is_not_asked_again(
    opener: ProjectOpener, video: VideoIdentity
) -> None:
    label(opener.open_for(video))
    path = Path(video.path + ".dlst")
    rescued = path.rename(path.with_name("clip.mp4 rescued.dlst"))
    ProjectStore.create(path.with_name("clip.mp4 rescued 2.dlst"), replace(video, frame_count=7)).close()
    with pytest.raises(UndecidedProjectError, match=r"rescued into .*clip\.mp4 rescued\.dlst") as asked:
        opener.open_for(video)
    assert asked.value.choices == (Choice.OPEN_RESCUED, Choice.START_NEW)
    opened = opener.open_for(video, path=asked.value.project_path, choice=Choice.OPEN_RESCUED)
    assert opened.store.path == path
    assert opened.project.manual_boxes(1) == {3: BOX}
    opened.close()
    assert not rescued.exists()
    again = opener.open_for(video)
    assert again.project.manual_boxes(1) == {3: BOX}
    again.close()


def test_open_when_the_rescued_project_cannot_be_moved_then_it_is_opened_where_it_is(
    opener: ProjectOpener, video: VideoIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    label(opener.open_for(video))
    path = Path(video.path + ".dlst")
    rescued = path.rename(path.with_name("clip.mp4 rescued.dlst"))

    def taken_by_another(_source: Path, target: Path) -> None:
        target.touch()
        raise FileExistsError(target)

    monkeypatch.setattr(opening, "rename_new", taken_by_another)
    opened = opener.open_for(video, path=path, choice=Choice.OPEN_RESCUED)
    assert opened.store.path == rescued
    assert opened.project.manual_boxes(1) == {3: BOX}
    opened.close()


def test_open_when_the_rescued_project_is_open_elsewhere_then_it_stays_and_can_be_looked_at(
    opener: ProjectOpener, video: VideoIdentity
) -> None:
    label(opener.open_for(video))
    path = Path(video.path + ".dlst")
    rescued = path.rename(path.with_name("clip.mp4 rescued.dlst"))
    with ProjectStore.open(rescued):
        opened = opener.open_for(video, path=path, choice=Choice.OPEN_RESCUED)
        assert opened.store.is_read_only
        assert opened.store.path == rescued
        assert opened.project.manual_boxes(1) == {3: BOX}
        opened.close()


def test_open_when_the_project_is_missing_and_nobody_can_be_asked_then_a_new_one_is_begun_and_it_says_so(
    opener: ProjectOpener, video: VideoIdentity, missing: Path
) -> None:
    opened = replace(opener, asks=False).open_for(video)
    assert opened.store.path == missing
    assert opened.notice.endswith("A new project was begun.")
    assert "one earlier state of it is kept" in opened.notice
    opened.close()


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
    assert str(first.store.path) in second.notice
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


@pytest.fixture
def nowhere(video: VideoIdentity, tmp_path: Path) -> tuple[ProjectOpener, VideoIdentity]:
    """A video without a folder and a user without one: root may write anywhere, so permissions prove nothing."""
    blocked = tmp_path / "blocked"
    blocked.write_text("")
    return ProjectOpener(blocked), replace(video, path=str(tmp_path / "gone" / "clip.mp4"))


def test_open_when_nothing_can_be_written_then_asks_and_keeps_nothing_unsaved_by_itself(
    nowhere: tuple[ProjectOpener, VideoIdentity], tmp_path: Path
) -> None:
    opener, video = nowhere
    with pytest.raises(UndecidedProjectError, match="there is no such folder") as raised:
        opener.open_for(video)
    assert raised.value.choices == (Choice.SAVE_ELSEWHERE, Choice.WITHOUT_SAVING)
    assert str(tmp_path / "gone") in raised.value.message
    assert str(tmp_path / "blocked") not in raised.value.message  # a folder of the program's own
    assert "clip.mp4-" not in raised.value.message
    chosen = tmp_path / "chosen.dlst"
    label(opener.open_for(video, choice=Choice.SAVE_ELSEWHERE, elsewhere=chosen))
    again = opener.open_for(video, path=chosen)
    assert again.project.manual_boxes(1) == {3: BOX}
    again.store.close()


def test_open_when_work_without_saving_is_chosen_then_says_so(
    nowhere: tuple[ProjectOpener, VideoIdentity],
) -> None:
    opener, video = nowhere
    opened = opener.open_for(video, choice=Choice.WITHOUT_SAVING)
    assert "Nothing is being saved" in opened.notice
    assert opened.store.path is None
    label(opened)


def no_files_in(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """A folder as on a disk that is mounted to be read only; root may write anywhere, so it is told to be one."""
    make_lock, may_write = writer_lock.lock_file, placement.takes_files

    def lock_file(path: Path, wait_s: float = 0.0) -> object:
        if path.parent == folder:
            raise ReadOnlyFolderError(path, "its folder takes no files (Read-only file system)")
        return make_lock(path, wait_s)

    for module in (placement, opening):
        monkeypatch.setattr(module, "takes_files", lambda asked: asked != folder and may_write(asked))
    monkeypatch.setattr(store, "lock_file", lock_file)


def test_open_when_the_video_lies_where_nothing_can_be_written_then_the_data_folder_is_made(
    opener: ProjectOpener, video: VideoIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_files_in(monkeypatch, Path(video.path).parent)
    assert opener.data_folder is not None
    assert not opener.data_folder.exists()
    opened = opener.open_for(video)
    assert opened.store.path is not None
    assert opened.store.path.parent == opener.data_folder
    label(opened)
    again = opener.open_for(video)
    assert again.project.manual_boxes(1) == {3: BOX}
    again.store.close()


def test_open_when_the_project_lies_where_nothing_can_be_written_then_a_copy_is_offered_and_found_again(
    opener: ProjectOpener, video: VideoIdentity, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    label(opener.open_for(video))
    no_files_in(monkeypatch, Path(video.path).parent)
    with pytest.raises(UndecidedProjectError) as raised:
        opener.open_for(video)
    assert raised.value.choices == (Choice.SAVE_ELSEWHERE, Choice.READ_ONLY)
    looked_at = opener.open_for(video, choice=Choice.READ_ONLY)
    assert looked_at.store.is_read_only
    assert looked_at.project.manual_boxes(1) == {3: BOX}
    looked_at.store.close()
    copy = opener.open_for(
        video,
        path=raised.value.project_path,
        choice=Choice.SAVE_ELSEWHERE,
        elsewhere=tmp_path / "copy.dlst",
    )
    assert not copy.store.is_read_only
    assert copy.project.manual_boxes(1) == {3: BOX}
    copy.store.close()


def test_start_new_when_names_are_taken_then_takes_the_next_and_leaves_all(
    opener: ProjectOpener, video: VideoIdentity
) -> None:
    label(opener.open_for(video))
    paths = []
    for _ in range(2):
        opened = opener.open_for(video, choice=Choice.START_NEW)
        assert opened.project.tracks() == ()
        assert opened.store.path is not None
        paths.append(opened.store.path.name)
        opened.store.close()
    assert paths == ["clip.mp4 2.dlst", "clip.mp4 3.dlst"]


def test_repair_when_there_is_a_log_then_it_does_not_get_into_the_repaired_project(
    opener: ProjectOpener, video: VideoIdentity
) -> None:
    opened = opener.open_for(video)
    path = opened.store.path
    assert path is not None
    label(opened)
    log = path.with_name(path.name + "-wal")
    log.write_bytes(b"of another life")
    repair(path)
    assert not log.exists()
    assert path.with_name(path.name + ".damaged-wal").read_bytes() == b"of another life"
    again = opener.open_for(video)
    assert again.project.manual_boxes(1) == {3: BOX}
    again.store.close()
