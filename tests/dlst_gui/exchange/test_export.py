"""Exports of a real project: what is in the files, and that a failed one leaves everything as it was."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from dlst_gui.api import ImageChoice, ImageKind, SavedProject, Selection, Watch, WriteOptions, open_project
from dlst_gui.exchange import export as export_module
from dlst_gui.exchange.errors import ExportError, ReadBackError
from dlst_gui.exchange.export import export
from dlst_gui.exchange.plan import ExportPlan
from dlst_gui.exchange.progress import ExportCancelled, Progress, Stage
from dlst_gui.files import StagedSet
from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.format import Format
from dlst_gui.formats.labels.model import LabelSet, ObjectTrack
from dlst_gui.formats.registry import FORMATS, format_named
from dlst_gui.formats.transfer.selection import FrameChoice
from dlst_gui.project.store import ProjectStore
from dlst_gui.video import VideoError, VideoSource
from tests.dlst_gui.exchange.made_projects import tree
from tests.made_videos import painted_index

SELECTIONS = {
    "all": Selection(),
    "keyframes": Selection(FrameChoice.HUMAN),
    "reviewed": Selection(FrameChoice.REVIEWED),
    "every third": Selection(every=3),
    "human only": Selection(tracked=False, interpolated=False),
    "without interpolated": Selection(interpolated=False),
    "cut, sure and in sight": Selection(lost=False, occluded=False, clip_to_image=True),
}
PNG = ImageChoice(ImageKind.PNG)


@pytest.mark.parametrize("label_format", FORMATS, ids=lambda each: each.name)
def test_export_when_any_selection_is_written_then_it_is_read_back_the_same(
    label_format: Format, project: SavedProject, out: Path
) -> None:
    for number, selection in enumerate(SELECTIONS.values()):
        for options in (WriteOptions(), WriteOptions(sub_pixel=False)):
            target = out / f"{number}{options.sub_pixel}{label_format.suffix}"
            report = project.export(label_format.name, target, selection, options=options)
            assert report.comparison.box_count == project.labels(selection).box_count()
            assert report.comparison.missing == report.comparison.surplus == 0


def test_export_when_every_third_frame_is_wanted_then_only_their_images_are_there_and_exact(
    project: SavedProject, out: Path
) -> None:
    report = project.export("yolo", out / "set", Selection(every=3), images=PNG)
    images = sorted((out / "set/images/train").iterdir())
    assert report.image_count == len(images) == 7
    for image, label in zip(images, sorted((out / "set/labels/train").iterdir()), strict=True):
        pixels = cv2.cvtColor(cv2.imread(str(image)), cv2.COLOR_BGR2RGB)
        index = int(image.stem.split("_")[1])
        assert label.stem == image.stem
        assert painted_index(pixels) == index
        assert np.array_equal(pixels, project.frames.read(index))


def test_export_when_jpeg_is_wanted_then_quality_tells_and_the_labels_name_the_files(
    project: SavedProject, out: Path
) -> None:
    for quality in (10, 95):
        project.export("coco", out / f"{quality}/c.json", images=ImageChoice(ImageKind.JPEG, quality))
    sizes = [sum(path.stat().st_size for path in (out / f"{each}/images").iterdir()) for each in (10, 95)]
    assert sizes[0] < sizes[1]
    named = [image["file_name"] for image in json.loads((out / "95/c.json").read_text("utf-8"))["images"]]
    assert {Path(name).name for name in named} == {path.name for path in (out / "95/images").iterdir()}


def test_export_when_a_format_has_no_place_for_images_then_it_says_so_before_writing(
    project: SavedProject, out: Path
) -> None:
    with pytest.raises(ExportError, match="cannot include images"):
        project.export("csv", out / "a.csv", images=PNG)
    assert tree(out) == {}


def test_export_when_a_window_has_the_project_open_then_it_works_on_what_is_saved(
    project_path: Path, out: Path
) -> None:
    with ProjectStore.open(project_path), open_project(project_path) as project:
        assert project.export("csv", out / "a.csv").comparison.box_count == 19


# A failed export leaves everything as it was


def _shifted(labels: LabelSet, by_px: float) -> LabelSet:
    def moved(track: ObjectTrack) -> ObjectTrack:
        boxes = track.columns.boxes_xywh + np.array([by_px, 0, 0, 0])
        return replace(track, boxes=replace(track.columns, boxes_xywh=boxes))

    return replace(labels, tracks=tuple(map(moved, labels.tracks)))


def _thinned(labels: LabelSet) -> LabelSet:
    first = labels.tracks[0]
    kept = np.arange(len(first.columns)) != 1
    return replace(labels, tracks=(replace(first, boxes=first.columns.where(kept)), *labels.tracks[1:]))


def _writing(label_format: Format, change: Callable[[LabelSet], LabelSet]) -> Format:
    return replace(label_format, write=lambda labels, *how: label_format.write(change(labels), *how))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda labels: _shifted(labels, 0.01), "off by up to 0.01"),
        (lambda labels: _shifted(labels, 1), "off by up to 1 "),
        (_thinned, "1 missing"),
        (lambda labels: replace(labels, tracks=labels.tracks[:1]), "4 missing"),
        (lambda labels: replace(labels, tracks=(*labels.tracks, labels.tracks[0])), "0 missing, 16 extra"),
    ],
    ids=["a hundredth of a pixel", "counted from 1", "a box lost", "a track lost", "a track twice"],
)
def test_export_when_the_writer_is_broken_then_reading_back_notices_and_the_old_file_stays(
    change: Callable[[LabelSet], LabelSet], problem: str, project: SavedProject, out: Path
) -> None:
    project.export("csv", out / "a.csv")
    before = tree(out)
    plan = ExportPlan(_writing(format_named("csv"), change), out / "a.csv")
    with pytest.raises((ReadBackError, FormatError), match=problem):
        project.run(plan)
    assert tree(out) == before


def _full_disk(*_arguments: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def _half_written(_labels: LabelSet, path: Path, *_how: object) -> None:
    path.mkdir()
    (path / "data.yaml").write_text("names:", "utf-8")
    _full_disk()


class _BrokenVideo:
    """Frames up to 3."""

    def __init__(self, source: VideoSource) -> None:
        self._source = source

    def __enter__(self) -> _BrokenVideo:
        return self

    def __exit__(self, *_error: object) -> None:
        self._source.close()

    def read(self, frame_index: int) -> np.ndarray:
        if frame_index > 3:
            raise VideoError(f"frame {frame_index} is damaged")
        return self._source.read(frame_index)


def _failing(stage: str, patch: pytest.MonkeyPatch, plan: ExportPlan) -> ExportPlan:
    """A plan whose export fails in a stage."""
    if stage == "write":
        return replace(plan, label_format=replace(plan.label_format, write=_half_written))
    if stage == "read back":
        return replace(plan, label_format=replace(plan.label_format, read=_full_disk))
    if stage == "images":
        patch.setattr(SavedProject, "open_frames", lambda self: _BrokenVideo(self.frames))
    if stage == "receipt":
        patch.setattr(export_module, "write_receipt", _full_disk)
    if stage == "place":
        patch.setattr(StagedSet, "put_in_place", _full_disk)
    return plan


@pytest.mark.parametrize("stage", ["write", "read back", "images", "receipt", "place"])
def test_export_when_a_stage_fails_then_the_old_folder_and_receipt_stay_and_nothing_is_left(
    stage: str, project: SavedProject, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.export("yolo", out / "set", Selection(every=5), images=PNG)
    before = tree(out)
    plan = _failing(stage, monkeypatch, ExportPlan(format_named("yolo"), out / "set", images=PNG))
    with pytest.raises((ExportError, VideoError)) as failed:
        project.run(plan)
    assert ("free some space" in str(failed.value)) is (stage != "images")
    assert tree(out) == before


def test_export_when_cancelled_at_any_moment_then_nothing_changes(project: SavedProject, out: Path) -> None:
    project.export("coco", out / "c.json", Selection(every=5), images=PNG)
    before = tree(out)
    asked: list[Progress] = []
    plan = ExportPlan(format_named("coco"), out / "c.json", images=PNG)
    content = project.content(plan.selection)
    moments = 0
    while True:
        asked.clear()
        watch = Watch(asked.append, lambda: len(asked) > moments)  # noqa: B023 - asked within this turn
        try:
            export(plan, content, project.open_frames, watch)
        except ExportCancelled:
            assert tree(out) == before
            moments += 1
        else:
            break
    assert [*dict.fromkeys(each.stage for each in asked)] == [
        *(Stage.WRITING, Stage.READING_BACK, Stage.COMPARING, Stage.IMAGES, Stage.FINISHING)
    ]
    assert [each.done for each in asked if each.stage is Stage.IMAGES] == list(range(21))
    assert tree(out) != before


def test_export_when_there_is_no_box_then_it_says_so(project: SavedProject, out: Path) -> None:
    with pytest.raises(ExportError, match="no boxes to export"):
        project.export("csv", out / "a.csv", Selection(track_ids=frozenset({9})))
    assert tree(out) == {}


# What may be replaced


def test_export_when_a_folder_of_an_earlier_one_is_there_then_it_is_replaced_whole(
    project: SavedProject, out: Path
) -> None:
    project.export("yolo", out / "set", images=PNG)
    project.export("yolo", out / "set", Selection(every=10))
    assert not (out / "set/images").exists()
    assert len(list((out / "set/labels/train").iterdir())) == 2
    assert sorted(path.name for path in out.iterdir()) == ["set", "set.export.json"]


def test_export_when_the_folder_holds_something_else_then_it_is_refused_and_named(
    project: SavedProject, out: Path
) -> None:
    project.export("yolo", out / "set")
    (out / "set/notes.md").write_text("mine", "utf-8")
    with pytest.raises(ExportError, match=r"notes\.md"):
        project.export("yolo", out / "set")
    assert (out / "set/notes.md").read_text("utf-8") == "mine"


@pytest.mark.parametrize("receipt", ["{", "[]", '{"files": 3}', '{"files": [{"path": 1}, null]}'])
def test_export_when_the_receipt_before_makes_no_sense_then_it_counts_as_none(
    receipt: str, project: SavedProject, out: Path
) -> None:
    (out / "set").mkdir()
    (out / "set/data.yaml").write_text("mine", "utf-8")
    (out / "set.export.json").write_text(receipt, "utf-8")
    with pytest.raises(ExportError, match=r"data\.yaml"):
        project.export("yolo", out / "set")


@pytest.mark.parametrize(
    ("format_name", "name", "problem"),
    [
        ("csv", "folder", "is a folder"),
        ("yolo", "file.txt", "is a file"),
        ("csv", "project/clip.mp4", "its video"),
        ("csv", "project/clip.mp4.dlst", "a project"),
    ],
)
def test_export_when_the_target_cannot_be_then_it_is_refused(
    format_name: str, name: str, problem: str, project: SavedProject, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file.txt").write_text("mine", "utf-8")
    before = tree(tmp_path)
    with pytest.raises(ExportError, match=problem):
        project.export(format_name, tmp_path / name)
    assert tree(tmp_path) == before


def test_export_when_otb_is_named_as_a_file_then_only_that_file_and_its_receipt_are_written(
    project: SavedProject, out: Path
) -> None:
    (out / "mine.txt").write_text("kept", "utf-8")
    project.export("otb", out / "dog.txt", Selection(track_ids=frozenset({1})))
    assert sorted(path.name for path in out.iterdir()) == ["dog.txt", "dog.txt.export.json", "mine.txt"]


def test_export_when_the_folder_cannot_be_made_then_the_message_names_it(
    project: SavedProject, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(ExportError, match=r"file/a\.csv: cannot be written"):
        project.export("csv", tmp_path / "file/a.csv")
