"""Labels into projects: one step of undo, and nothing at all where something is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlst_gui.api import ImportAs, SavedProject, import_labels, open_project
from dlst_gui.exchange.errors import ExportError
from dlst_gui.exchange.importing import ImportLabelsError
from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.registry import format_named
from dlst_gui.project.choices import UndecidedProjectError
from dlst_gui.project.edits import remove_keyframe
from dlst_gui.project.history import EditHistory
from dlst_gui.project.store import ProjectStore
from dlst_gui.project.tracks import BoxOrigin
from dlst_gui.video import VideoError
from tests.dlst_gui.exchange.made_projects import made_video
from tests.dlst_gui.project.random_edits import contents
from tests.made_videos import painted_frame, write_video

ROWS = "frame,track,label,x,y,width,height\n0,1,fox,1,2,10,20\n5,1,fox,6,2,10,20\n3,2,hen,30,2,10,20\n"


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "labels.csv"
    path.write_text(ROWS, "utf-8")
    return path


def video_of(project_path: Path) -> Path:
    return project_path.with_name("clip.mp4")


def test_import_when_there_is_no_project_then_makes_one_with_the_labels(labels: Path, tmp_path: Path) -> None:
    video = made_video(tmp_path / "new")
    report = import_labels(labels, video)
    assert report.project == tmp_path / "new/clip.mp4.dlst"
    assert (report.track_count, report.box_count) == (2, 3)
    with open_project(report.project) as project:
        assert [track.label for track in project.tracks] == ["fox", "hen"]
        assert [each.frame_index for each in project.track(1).keyframes] == [0, 5]
        assert {each.origin for each in project.track(1).keyframes} == {BoxOrigin.IMPORTED}


def test_import_when_the_folder_of_the_project_is_missing_then_it_is_made(labels: Path, tmp_path: Path) -> None:
    project = tmp_path / "work/today/fox.dlst"
    report = import_labels(labels, made_video(tmp_path / "new"), project=project)
    assert report.project == project
    assert project.is_file()


def test_import_when_the_project_is_missing_but_was_rescued_then_begins_a_new_one_and_says_so(
    labels: Path, tmp_path: Path
) -> None:
    video = made_video(tmp_path / "new")
    first = import_labels(labels, video)
    assert first.notices == ()
    first.project.rename(tmp_path / "new/clip.mp4 rescued.dlst")
    second = import_labels(labels, video)
    assert second.project == first.project
    (notice,) = second.notices
    assert "clip.mp4.dlst is missing, but it was rescued into" in notice


def test_import_when_undone_once_then_the_project_is_as_before(labels: Path, project_path: Path) -> None:
    with ProjectStore.open(project_path, read_only=True) as store:
        before = contents(store.read_project())
    import_labels(labels, video_of(project_path))
    with ProjectStore.open(project_path) as store:
        project = store.read_project()
        history = EditHistory(project, store)
        assert [track.label for track in project.tracks()] == ["dog", "cat", "fox", "hen"]
        assert history.titles().count("Import labels") == 1
        history.undo()
        assert contents(project)[1:] == before[1:], "all but where the video is"


def test_import_when_a_file_comes_again_then_only_what_is_new_or_was_changed_is_added(
    labels: Path, project_path: Path
) -> None:
    import_labels(labels, video_of(project_path))
    report = import_labels(labels, video_of(project_path))
    assert (report.track_count, report.box_count, report.known_count) == (0, 0, 2)
    assert report.notices == ("All 2 objects of the file are already in the project, box for box, and skipped.",)

    labels.write_text(ROWS + "7,3,fox,1,2,9,9\n", "utf-8")
    with ProjectStore.open(project_path) as store:
        project = store.read_project()
        history = EditHistory(project, store)
        assert history.titles().count("Import labels") == 1, "an import of nothing is no step"
        history.do(remove_keyframe(project, 3, 5))
    report = import_labels(labels, video_of(project_path))
    assert (report.track_count, report.known_count) == (2, 1), "the fox that lost a box, and the second one"
    assert "1 of 3 objects is already in the project" in report.notices[0]
    with open_project(project_path) as opened:
        assert [track.label for track in opened.tracks] == ["dog", "cat", "fox", "hen", "fox", "fox"]


def test_import_when_objects_that_are_there_are_wanted_again_then_they_are_added(
    labels: Path, project_path: Path
) -> None:
    for _ in range(2):
        report = import_labels(labels, video_of(project_path), again=True)
        assert (report.track_count, report.known_count) == (2, 0)


def test_import_when_a_file_has_an_object_twice_then_each_stands_for_a_track_of_its_own(
    tmp_path: Path, project_path: Path
) -> None:
    twice, once = tmp_path / "twice.csv", tmp_path / "once.csv"
    head = "frame,track,label,x,y,width,height\n"
    once.write_text(f"{head}0,1,fox,1,2,10,20\n", "utf-8")
    twice.write_text(f"{head}0,1,fox,1,2,10,20\n0,2,fox,1,2,10,20\n", "utf-8")
    import_labels(once, video_of(project_path))
    report = import_labels(twice, video_of(project_path))
    assert (report.track_count, report.known_count) == (1, 1)
    assert import_labels(twice, video_of(project_path)).known_count == 2


def test_import_when_boxes_shall_be_predictions_then_get_a_run_of_their_own(
    labels: Path, project_path: Path
) -> None:
    import_labels(labels, video_of(project_path), become=ImportAs.PREDICTIONS)
    with open_project(project_path) as project:
        columns = project.track(3).columns
        assert {each.source.value for each in columns} == {"tracked"}
        assert set(columns.run_ids.tolist()) == {2}, "run 1 is the project's own"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (ROWS + "20,1,fox,1,2,3,4\n" * 4, "line 5.*20 frames"),
        (ROWS + "6,1,fox,nan,2,3,4\n", "line 5"),
        ("\x00\x01\x02", "known label format"),
        ("frame,track,label,x,y,width,height\n", "no boxes"),
        ('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><annotations>&b;</annotations>', "."),
        ('{"images": [{"id": 1}], "annotations": 7, "categories": []}', "."),
    ],
    ids=["another video", "not a number", "binary", "empty", "entities", "wrong types"],
)
def test_import_when_the_file_is_wrong_then_says_what_and_the_project_is_not_touched(
    content: str, problem: str, project_path: Path, tmp_path: Path
) -> None:
    path = tmp_path / "labels"
    path.write_text(content, "utf-8")
    before = project_path.read_bytes()
    with pytest.raises((FormatError, ImportLabelsError), match=problem):
        import_labels(path, video_of(project_path))
    assert project_path.read_bytes() == before


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("20,1,fox,1,2,3,4\n", "the frame is not in the video, which has 20 frames"),
        ("6,1,fox,1,2,-3,4\n", "a width or height is not above 0"),
        ("5,1,fox,1,2,3,4\n", "the object has another box on the frame"),
        ("6,1,fox,1e8,2,3,4\n", "an edge is further off than 10,000,000 pixels"),
    ],
    ids=["no such frame", "negative size", "twice", "far off"],
)
def test_import_when_one_row_is_bad_then_it_costs_one_row_and_is_told(
    row: str, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(ROWS + row, "utf-8")
    report = import_labels(path, made_video(tmp_path / "new"))
    assert (report.box_count, report.reading.read, report.reading.boxes_in_file) == (3, 3, 4)
    assert [(each.reason, each.count) for each in report.reading.skipped.values()] == [(reason, 1)]
    assert any(f"1 box was skipped: {reason} (first: line 5" in notice for notice in report.notices)


def test_import_when_the_file_is_wrong_and_there_is_no_project_then_none_is_made(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(f"{ROWS}x", "utf-8")
    video = made_video(tmp_path / "new")
    with pytest.raises(FormatError):
        import_labels(path, video)
    assert [each.name for each in video.parent.iterdir()] == ["clip.mp4"]


def test_import_when_a_window_has_the_project_open_then_is_refused(labels: Path, project_path: Path) -> None:
    with ProjectStore.open(project_path) as store:
        steps = store.steps()
        with pytest.raises(ExportError, match="Another window"):
            import_labels(labels, video_of(project_path))
        assert store.steps() == steps


def test_import_when_the_project_is_of_another_video_then_is_refused(
    labels: Path, project_path: Path, tmp_path: Path
) -> None:
    other = write_video(tmp_path / "other.mp4", frames=[painted_frame(index) for index in range(8)])
    with pytest.raises(UndecidedProjectError, match="20 frames and has 8"):
        import_labels(labels, other, project=project_path)


def test_import_when_there_is_no_video_then_says_so(labels: Path, tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="missing"):
        import_labels(labels, tmp_path / "missing.mp4")


@pytest.mark.parametrize("format_name", ["jsonl", "csv", "cvat"])
def test_import_when_an_export_comes_back_then_the_same_boxes_are_shown(
    format_name: str, project: SavedProject, out: Path, tmp_path: Path
) -> None:
    target = out / f"labels{format_named(format_name).suffix}"
    project.export(format_name, target)
    video = made_video(tmp_path / "second")
    report = import_labels(target, video)
    assert report.project is not None
    with open_project(report.project) as again:
        for ours, theirs in zip(project.tracks, again.tracks, strict=True):
            shown = [[each.frame_index, *each.box.xywh] for each in ours.columns if each.is_present]
            back = [[each.frame_index, *each.box.xywh] for each in theirs.columns if each.is_present]
            assert [row[0] for row in back] == [row[0] for row in shown]
            for one, other in zip(shown, back, strict=True):
                assert one == pytest.approx(other, abs=0.02), "CVAT rounds to a hundredth"
