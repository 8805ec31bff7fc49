"""The demo clip: what a newcomer opens first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlst_gui.video import open_source
from dlst_gui.video.demo_clip import demo_clip
from resources.making.demo_pictures import Pose, draw_ladybird, outline
from resources.making.make_demo_clip import FRAME_COUNT, TARGET, Scene, Staging, ground_truth_rows


def shipped_clip() -> Path:
    clip = demo_clip()
    assert clip is not None
    return clip


def test_demo_clip_when_opened_then_it_is_sound_and_every_frame_has_its_box() -> None:
    with open_source(shipped_clip()) as source:
        measures = (source.frame_count, source.width, source.height, source.nominal_fps)
        assert measures == (FRAME_COUNT, 640, 360, 25.0)
        assert source.notice is None
        boxes = source.ground_truth or ()
    inside = [box for box in boxes if box and box.x > 0 and box.y > 0 and box.right < 640 and box.bottom < 360]
    assert len(inside) == FRAME_COUNT


def test_demo_clip_when_shipped_then_it_is_small() -> None:
    assert shipped_clip().stat().st_size < 3_000_000


def test_demo_ground_truth_when_computed_again_then_it_equals_the_file() -> None:
    shipped = shipped_clip().with_name("demo_groundtruth.txt").read_text()

    expected = np.array([[float(number) for number in line.split(",")] for line in shipped.splitlines()])
    computed = np.array([[float(number) for number in row.split(",")] for row in ground_truth_rows()])
    assert computed == pytest.approx(expected, abs=0.011)  # one unit of the second decimal


def test_demo_frame_when_rendered_again_then_it_looks_like_the_clip() -> None:
    with open_source(shipped_clip()) as source:
        shipped = source.read(60).astype(float)

    error = Scene.build().frame(60) - shipped
    assert 10 * np.log10(255**2 / np.mean(error**2)) > 30  # dB; the loss of encoding


@pytest.mark.parametrize("angle", [0.0, 0.9, 2.5, 4.4])
def test_demo_box_when_a_ladybird_is_drawn_then_it_encloses_it_tightly(angle: float) -> None:
    pose = Pose(75.0, 75.0, angle, 30.0, 1.3)
    canvas = np.ones((300, 300, 3), np.float32)

    draw_ladybird(canvas, pose, TARGET)

    rows, columns = np.nonzero(canvas.min(axis=2) < 0.25)  # its shadow is brighter
    drawn = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]) / 2
    points = pose.to_outside(outline(pose.step))
    assert drawn == pytest.approx([*points.min(axis=0), *points.max(axis=0)], abs=0.75)  # drawn at half pixels


def test_demo_target_when_it_dashes_then_it_stays_trackable_and_changes_scale() -> None:
    staging = Staging.rehearse()
    boxes = np.array([staging.target_box(i) for i in range(FRAME_COUNT)])

    centres = boxes[:, :2] + boxes[:, 2:] / 2
    steps = np.hypot(*np.diff(centres, axis=0).T)
    assert 10 < steps.max() < 0.4 * boxes[:, 2:].min(axis=1).min()
    assert boxes[:, 2].max() > 1.8 * boxes[:, 2].min()
