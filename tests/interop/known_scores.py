"""Scores that others compute of labels with known errors, against what they must be."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from dlst_gui.api import SavedProject, Selection, open_project
from dlst_gui.formats.labels.model import BoxSource, LabelSet
from tests.interop.labelled_project import labelled_project
from tests.interop.own_environment import InteropError, say

SHIFT_PX = 1.5
ALLOWED = 1e-5  # boxes of ten pixels and more, written to a ten-thousandth of one


def write_trackers(project: SavedProject, selection: Selection, folder: Path, out: Path) -> None:
    """Results for TrackEval: the labels themselves, without the tracker's boxes, and all moved to the right."""
    for name, chosen in (("same", selection), ("fewer", replace(selection, tracked=False))):
        _export(project, folder, name, chosen)
    shutil.rmtree(out / "shifted", ignore_errors=True)
    with open_project(labelled_project(out / "shifted", shift=SHIFT_PX)) as shifted:
        _export(shifted, folder, "shifted", selection)


def _export(project: SavedProject, folder: Path, name: str, selection: Selection) -> None:
    target = folder / "trackers" / name / "data" / "clip.txt"
    target.parent.mkdir(parents=True)
    project.export("mot-results", target, selection)


def check_scores(name: str, said: Mapping[str, Mapping[str, float]], labels: LabelSet) -> None:
    """InteropError where scores are others than those of what was written."""
    all_right = {"HOTA": 1.0, "DetA": 1.0, "AssA": 1.0, "MOTA": 1.0, "MOTP": 1.0, "IDF1": 1.0, "IDSW": 0.0}
    expected: dict[str, Mapping[str, float]] = {}
    if name == "trackeval-mot":
        count, machine = labels.box_count(), _tracked(labels)
        overlaps = [
            each.box.iou(each.box.shifted(SHIFT_PX, 0)) for _, boxes in labels.by_frame() for _, each in boxes
        ]
        left = (count - machine) / count
        fewer = {"MOTA": left, "MOTP": 1.0, "DetA": left, "CLR_FN": machine, "IDSW": 0.0}
        moved = {"MOTA": 1.0, "MOTP": sum(overlaps) / count, "IDF1": 1.0, "IDSW": 0.0}
        expected = {"same": all_right, "fewer": fewer, "shifted": moved}
    elif name == "trackeval-tao":
        expected = {"self": all_right}
    elif name == "motmetrics-mot":
        expected = {"self": {"MOTA": 1.0, "IDF1": 1.0}}
    elif name == "pycocotools-coco":
        expected = {"self": {"AP": 1.0}}
    elif name in {f"datumaro-{each}" for each in ("coco", "voc", "mot", "yolo")}:
        expected = {"items": {"images": len(labels.video.frames)}}
    elif name == "vot-vot":
        video = labels.video
        size = {"width": video.width, "height": video.height}
        expected = {"sequence": {"frames": len(video.frames), "fps": round(video.fps), **size}}
    for tracker, scores in expected.items():
        for score, value in scores.items():
            compare(f"{name}, {tracker}", score, said[tracker][score], value)


def compare(name: str, score: str, theirs: float, ours: float) -> None:
    """Say both; InteropError where they differ."""
    say(f"{name:>24}: {score} {theirs:.6f}, expected {ours:.6f}")
    if abs(theirs - ours) > ALLOWED:
        raise InteropError(f"{name}: expected {score} {ours}, got {theirs}")


def _tracked(labels: LabelSet) -> int:
    return sum(each.source is BoxSource.TRACKED for track in labels.tracks for each in track.columns)
