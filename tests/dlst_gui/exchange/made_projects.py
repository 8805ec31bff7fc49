"""Small real projects beside small real videos, with everything that an export meets."""

from __future__ import annotations

from pathlib import Path

from dlst_gui.project import edits
from dlst_gui.project.edits import mark_reviewed, record_predictions, set_keyframe
from dlst_gui.project.history import EditHistory
from dlst_gui.project.opening import identity_of
from dlst_gui.project.prediction_block import PredictionBlock
from dlst_gui.project.review import ReviewMark
from dlst_gui.project.store import ProjectStore
from dlst_gui.project.tracks import Keyframe, Prediction, Visibility
from dlst_gui.video import open_source
from tests.made_videos import painted_frame, write_video
from tracker_core import Box, UpdateKind

FRAME_COUNT = 20


def box_at(frame_index: int) -> Box:
    return Box(10.25 + frame_index, 5.5, 20.125, 30.75)


def keyframe(frame_index: int, visibility: Visibility = Visibility.VISIBLE) -> Keyframe:
    return Keyframe(frame_index, box_at(frame_index), visibility)


def prediction(frame_index: int, *, is_found: bool = True) -> Prediction:
    return Prediction(frame_index, box_at(frame_index), 2.5 if is_found else -1.0, is_found, 1, UpdateKind.NONE)


def made_video(folder: Path, name: str = "clip.mp4") -> Path:
    """20 frames of 96 x 64 that tell their index."""
    folder.mkdir(parents=True, exist_ok=True)
    return write_video(folder / name, frames=[painted_frame(index) for index in range(FRAME_COUNT)])


def made_project(folder: Path, name: str = "clip.mp4") -> Path:
    """A project with two objects.

    1, dog: human on 0 and 10, tracked on 1 to 5, interpolated on 6 to 9, accepted on 0 to 3, outside from 15 on;
    nobody labelled 11 to 14. 2, cat: human on 2 and 4 (occluded), between them interpolated, and lost on 5.
    """
    video = made_video(folder, name)
    path = video.with_name(f"{name}.dlst")
    with open_source(video) as source, ProjectStore.create(path, identity_of(source, video)) as store:
        project = store.read_project()
        history = EditHistory(project, store)
        history.do(edits.add_track(project, label="dog", color="#5cc8ff", keyframe=keyframe(0)))
        history.do(set_keyframe(project, 1, keyframe(10)))
        block = PredictionBlock.of([prediction(index) for index in range(1, 6)])
        history.do(record_predictions(project, 1, block))
        history.do(set_keyframe(project, 1, keyframe(15, Visibility.OUTSIDE)))
        history.do(mark_reviewed(project, 1, first=0, last=3, mark=ReviewMark.ACCEPTED))
        history.do(edits.add_track(project, label="cat", color="#ff8800", keyframe=keyframe(2)))
        history.do(set_keyframe(project, 2, keyframe(4, Visibility.OCCLUDED)))
        history.do(record_predictions(project, 2, PredictionBlock.of([prediction(5, is_found=False)])))
    return path


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its content, hidden ones too; folders have none."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else b""
        for path in folder.rglob("*")
    }
