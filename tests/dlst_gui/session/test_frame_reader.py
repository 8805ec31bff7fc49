from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from dlst_gui.session.frame_cache import FrameCache
from dlst_gui.session.playhead import Playhead
from dlst_gui.session.session import Session
from tests.dlst_gui.window_fakes import Workshop
from tests.fakes import SyntheticVideo


def test_seek_when_asked_faster_than_it_decodes_then_the_latest_wins(
    qtbot: QtBot, opened: Session, workshop: Workshop
) -> None:
    for index in range(1, 25):
        opened.seek(index)
    qtbot.waitUntil(lambda: _shown(opened.playhead) == 24)
    assert workshop.sources[0].read_frames == [0, 15, 29, 0, 1, 24]  # three to know the video again


@pytest.mark.parametrize(("asked", "shown"), [(-5, 0), (99, 29)])
def test_seek_when_outside_the_video_then_the_nearest_frame_is_shown(
    qtbot: QtBot, opened: Session, asked: int, shown: int
) -> None:
    opened.seek(10)
    opened.seek(asked)
    qtbot.waitUntil(lambda: _shown(opened.playhead) == shown)
    assert opened.playhead.frame_index == shown


def test_seek_when_the_frame_is_damaged_then_a_note_says_so_and_the_frame_before_stays(
    qtbot: QtBot, opened: Session, workshop: Workshop
) -> None:
    workshop.sources[0].broken_from = 5
    with qtbot.waitSignal(opened.noted) as noted:
        opened.seek(9)
    assert noted.args is not None
    assert "damaged at frame 5" in noted.args[0]
    assert _shown(opened.playhead) == 0
    opened.seek(4)
    qtbot.waitUntil(lambda: _shown(opened.playhead) == 4)


def test_play_when_it_reaches_the_end_then_it_halts_there(qtbot: QtBot) -> None:
    workshop = Workshop(video=SyntheticVideo(frame_count=6))
    playhead = Playhead(workshop.open_source, FrameCache())
    with qtbot.waitSignal(playhead.frame_decoded):
        playhead.open(Path("clip.mp4"))
    playhead.play()
    assert playhead.is_playing
    qtbot.waitUntil(lambda: not playhead.is_playing, timeout=3000)
    assert playhead.frame_index == 5
    playhead.close()


def test_open_when_another_video_is_open_then_the_old_one_is_closed(
    qtbot: QtBot, opened: Session, workshop: Workshop
) -> None:
    opened.seek(7)
    with qtbot.waitSignal(opened.playhead.source_changed):
        opened.open(Path("other.mp4"))
    assert opened.playhead.frame_index == 0
    assert workshop.sources[0].is_closed


def _shown(playhead: Playhead) -> int | None:
    return playhead.decoded.frame_index if playhead.decoded else None
