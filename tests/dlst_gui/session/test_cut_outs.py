"""Pictures of boxes, cut out in the background."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from dlst_gui.session.cut_outs import SIDE, CutOuts, cut_out, cut_out_side
from dlst_gui.session.frame_cache import FrameCache
from tests.dlst_gui.window_fakes import Workshop
from tracker_core import Box

CLIP = Path("clip.mp4")


@pytest.fixture
def cut_outs(qtbot: QtBot, workshop: Workshop) -> Iterator[CutOuts]:
    made = CutOuts(workshop.open_source, FrameCache())
    made.set_video(CLIP)
    yield made
    made.close()


@pytest.mark.parametrize("scale", [0.5, 1.0, 4.0])
@pytest.mark.parametrize("corner", [(40, 30), (-6, -4), (88, 66)])
def test_cut_out_when_a_box_is_large_or_small_or_at_an_edge_then_it_is_in_the_middle(
    scale: float, corner: tuple[int, int]
) -> None:
    frame = np.zeros((round(80 * scale), round(100 * scale), 3), np.uint8)
    x, y = (round(v * scale) for v in corner)
    side = round(16 * scale)
    frame[max(y, 0) : max(y + side, 0), max(x, 0) : max(x + side, 0)] = 255
    box = Box(x, y, side, side)
    picture = cut_out(frame, box)
    assert picture.shape == (SIDE, SIDE, 3)
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] + 0.5
    reach = cut_out_side(box) / SIDE
    at_x, at_y = box.center[0] + (columns - SIDE / 2) * reach, box.center[1] + (rows - SIDE / 2) * reach
    inset = 2 * max(reach, 1)

    def well_within(low: float, high: float, at: np.ndarray) -> np.ndarray:
        return (at > low + inset) & (at < high - inset)

    is_in_frame = well_within(0, frame.shape[1], at_x) & well_within(0, frame.shape[0], at_y)
    is_box = well_within(x, x + side, at_x) & well_within(y, y + side, at_y)
    near_box = well_within(x - 2 * inset, x + side + 2 * inset, at_x)
    near_box &= well_within(y - 2 * inset, y + side + 2 * inset, at_y)
    assert (picture[is_box & is_in_frame] > 250).all()
    assert (picture[~near_box & is_in_frame] < 5).all()
    assert (is_box & is_in_frame).any()


def test_picture_when_boxes_of_one_frame_are_asked_for_then_it_is_read_once(
    qtbot: QtBot, cut_outs: CutOuts, workshop: Workshop
) -> None:
    boxes = [workshop.video.box(7), Box(3, 4, 20, 10)]
    with qtbot.waitSignal(cut_outs.made):
        assert cut_outs.picture(3, boxes[0]) is None
    for box in boxes:
        cut_outs.picture(7, box)
    qtbot.waitUntil(lambda: all(cut_outs.picture(7, box) is not None for box in boxes))
    assert workshop.sources[-1].read_frames.count(7) <= 2
    found = cut_outs.picture(7, boxes[0])
    assert found is not None
    assert found[SIDE // 2, SIDE // 2].tolist() == [230, 180, 60]


def test_picture_when_a_frame_cannot_be_read_then_it_is_not_asked_for_again(
    qtbot: QtBot, cut_outs: CutOuts, workshop: Workshop
) -> None:
    workshop.broken_from = 5
    with qtbot.waitSignal(cut_outs.made):
        cut_outs.picture(9, Box(0, 0, 10, 10))
    assert cut_outs.picture(9, Box(0, 0, 10, 10)) is None
    with qtbot.waitSignal(cut_outs.made):
        cut_outs.picture(2, Box(0, 0, 10, 10))
    assert cut_outs.picture(2, Box(0, 0, 10, 10)) is not None


def test_set_video_when_another_is_opened_then_pictures_of_the_first_are_gone(
    qtbot: QtBot, cut_outs: CutOuts
) -> None:
    box = Box(0, 0, 10, 10)
    with qtbot.waitSignal(cut_outs.made):
        cut_outs.picture(2, box)
    cut_outs.set_video(Path("other.mp4"))
    assert cut_outs.picture(2, box) is None
    qtbot.waitUntil(lambda: cut_outs.picture(2, box) is not None)
