"""A project with everything that makes labels hard to hand on."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dlst_gui.project import edits
from dlst_gui.project.edits import record_predictions, set_keyframe
from dlst_gui.project.history import EditHistory
from dlst_gui.project.opening import identity_of
from dlst_gui.project.prediction_block import PredictionBlock
from dlst_gui.project.store import ProjectStore
from dlst_gui.project.tracks import Keyframe, Prediction, Visibility
from dlst_gui.video import open_source
from tests.made_videos import painted_frame, write_video
from tracker_core import Box, UpdateKind

NAME = "Straße 7 – clip.mp4"
FRAME_COUNT = 26
WIDTH, HEIGHT = 322, 182
DOG, CAT, ODD = "犬 & <Hündin>", "cat", 'a:b # "c", d'
OCCLUDED, OUTSIDE, VISIBLE = Visibility.OCCLUDED, Visibility.OUTSIDE, Visibility.VISIBLE

TIMES_MS = np.cumsum([33 + index * 7 % 11 for index in range(FRAME_COUNT)]).tolist()
"""Uneven, and on average no whole number of frames per second."""


def dog_at(frame_index: int) -> Box:
    return Box(20 + 26 / 7 * frame_index, 12.0625 + 0.53 * frame_index, 41.4375 + 0.3 * frame_index, 30.58)


def cat_at(frame_index: int) -> Box:
    """Partly off the image's left edge on the first frames."""
    return Box(-9.625 + 16 / 7 * frame_index, 100.7, 100 / 3, 400 / 9)


def far_cat_at(frame_index: int) -> Box:
    """Off the image's right and bottom edges at the end."""
    return Box(240.15 + 10 / 3 * frame_index, 120.9 + frame_index, 21.77, 47.31)


def odd_at(frame_index: int) -> Box:
    return Box(200.49 - 2.5 * frame_index, 1.51, 17.005, 9.995)


def labelled_project(folder: Path, *, shift: float = 0.0) -> Path:
    """Make a video and its project, in a folder of its own.

    Four objects, none of which is on all frames: drawn, interpolated, tracked and lost boxes, with occlusion,
    frames nobody labelled, frames where they are outside, and a single box.

    Args:
        folder: new.
        shift: pixels by which all boxes are moved to the right.
    """
    folder.mkdir(parents=True)
    frames = [painted_frame(index, width=WIDTH, height=HEIGHT) for index in range(FRAME_COUNT)]
    video = write_video(folder / NAME, frames=frames, times_ms=TIMES_MS)
    path = video.with_name(f"{NAME}.dlst")
    with open_source(video) as source, ProjectStore.create(path, identity_of(source, video)) as store:
        project = store.read_project()
        history = EditHistory(project, store)

        def draw(track_id: int, frame_index: int, box: Box, visibility: Visibility = VISIBLE) -> None:
            made = Keyframe(frame_index, box.shifted(shift, 0), visibility)
            history.do(set_keyframe(project, track_id, made))

        def track(track_id: int, boxes: dict[int, Box]) -> None:
            rows = [
                Prediction(index, box.shifted(shift, 0), 2.5, index % 5 > 0, 1, UpdateKind.NONE)
                for index, box in boxes.items()
            ]
            history.do(record_predictions(project, track_id, PredictionBlock.of(rows)))

        for label, color in ((DOG, "#5cc8ff"), (CAT, "#ff8800"), (CAT, "#aa00cc"), (ODD, "#00ff00")):
            history.do(edits.add_track(project, label=label, color=color))
        for index in (3, 9, 24):
            draw(1, index, dog_at(index))
        track(1, {index: dog_at(index).shifted(0.37, -0.2) for index in range(10, 14)})
        for index, visibility in ((14, OCCLUDED), (16, VISIBLE), (18, OUTSIDE), (21, OCCLUDED)):
            draw(1, index, dog_at(index), visibility)
        draw(2, 0, cat_at(0))
        draw(2, 25, cat_at(25))
        draw(3, 5, far_cat_at(5))
        track(3, {index: far_cat_at(index) for index in (*range(12, 16), *range(20, 26))})
        for index, visibility in ((2, OCCLUDED), (4, OUTSIDE), (8, VISIBLE), (10, VISIBLE), (11, OUTSIDE)):
            draw(4, index, odd_at(index), visibility)
    return path
