"""Small pictures made beside the window's thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from dlst_gui.session.frame_cache import FrameCache
from dlst_gui.session.thumbnails import HEIGHT, WIDTH, Thumbnails, thumbnail_of
from dlst_gui.video.video_source import UNWATCHED, OpeningWatch
from tests.dlst_gui.window_fakes import SyntheticSource, Workshop
from tracker_core import Frame

CLIP = Path("clip.mp4")


@dataclass
class SlowSource(SyntheticSource):
    """Every frame takes its time."""

    def read(self, frame_index: int) -> Frame:
        time.sleep(0.1)
        return super().read(frame_index)


@dataclass
class SlowWorkshop(Workshop):
    """Its videos are slow."""

    def open_source(self, path: Path, watch: OpeningWatch = UNWATCHED) -> SyntheticSource:
        self.sources.append(SlowSource(path, self.video))
        return self.sources[-1]


@pytest.fixture
def slow() -> SlowWorkshop:
    return SlowWorkshop()


@pytest.fixture
def thumbnails(qtbot: QtBot, slow: SlowWorkshop) -> Iterator[Thumbnails]:
    made = Thumbnails(slow.open_source, FrameCache())
    made.set_video(CLIP)
    yield made
    made.close()


def test_picture_when_asked_for_then_nobody_waits_and_it_comes(
    qtbot: QtBot, thumbnails: Thumbnails, slow: SlowWorkshop
) -> None:
    assert thumbnails.picture(7) is None
    with qtbot.waitSignal(thumbnails.made) as made:
        pass
    assert made.args == [7]
    picture = thumbnails.picture(7)
    assert picture is not None
    assert picture.shape == (120, 160, 3)
    assert slow.sources[0].thread != threading.get_ident()


def test_picture_when_the_mouse_moves_on_meanwhile_then_only_the_latest_frame_is_decoded(
    qtbot: QtBot, thumbnails: Thumbnails, slow: SlowWorkshop
) -> None:
    for frame_index in range(10):
        thumbnails.picture(frame_index)
    qtbot.waitUntil(lambda: thumbnails.picture(9) is not None)
    assert slow.sources[0].read_frames == [0, 9]


def test_picture_when_another_video_is_open_then_none_of_the_former_is_shown(
    qtbot: QtBot, thumbnails: Thumbnails, slow: SlowWorkshop
) -> None:
    thumbnails.picture(3)
    thumbnails.set_video(Path("other.mp4"))
    assert thumbnails.picture(3) is None
    with qtbot.waitSignal(thumbnails.made):
        pass
    assert [source.path.name for source in slow.sources] == ["clip.mp4", "other.mp4"]
    assert slow.sources[0].is_closed


def test_picture_when_a_frame_was_decoded_lately_then_no_video_is_opened(qtbot: QtBot, slow: SlowWorkshop) -> None:
    cache = FrameCache()
    cache.add(CLIP, 4, slow.video.read(4))
    thumbnails = Thumbnails(slow.open_source, cache)
    thumbnails.set_video(CLIP)
    thumbnails.picture(4)
    with qtbot.waitSignal(thumbnails.made):
        pass
    thumbnails.close()
    assert slow.sources == []


def test_picture_when_a_frame_cannot_be_read_then_the_next_ones_come(qtbot: QtBot) -> None:
    workshop = Workshop(broken_from=20)
    thumbnails = Thumbnails(workshop.open_source, FrameCache())
    thumbnails.set_video(CLIP)
    thumbnails.picture(25)
    thumbnails.picture(3)
    qtbot.waitUntil(lambda: thumbnails.picture(3) is not None)
    thumbnails.close()


@pytest.mark.parametrize("size", [(2160, 3840), (1000, 10), (10, 1000), (1, 1)])
def test_thumbnail_of_when_a_frame_has_any_shape_then_it_fits(size: tuple[int, int]) -> None:
    made = thumbnail_of(np.full((*size, 3), 7, np.uint8))
    assert 1 <= made.shape[0] <= HEIGHT
    assert 1 <= made.shape[1] <= WIDTH
    assert (made == 7).all()


def test_picture_when_the_same_video_is_opened_again_then_it_is_made_anew(
    qtbot: QtBot, thumbnails: Thumbnails, slow: SlowWorkshop
) -> None:
    thumbnails.picture(3)
    thumbnails.set_video(CLIP)  # while it is in the making
    assert thumbnails.picture(3) is None
    with qtbot.waitSignal(thumbnails.made):
        pass
    assert [source.read_frames for source in slow.sources] == [[3], [3]]
    thumbnails.set_video(CLIP)
    assert thumbnails.picture(3) is None
