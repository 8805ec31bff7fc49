"""What the lanes look like: whatever was drawn piece by piece must be the picture that is drawn at once."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF
from PySide6.QtGui import QColor, QImage, QPaintEvent, QRegion
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dlst_gui.overlays.palette import HUMAN, LOST
from dlst_gui.project.review import ReviewMark, ReviewSpan
from dlst_gui.project.tracks import FrameState
from dlst_gui.views.style.theme import DARK, LIGHT, THEME, Theme
from dlst_gui.views.timeline import Timeline
from dlst_gui.views.timeline.looks import PERIOD, pattern_table, state_looks
from dlst_gui.views.timeline.stack import SELECTED, SLIM
from tests.dlst_gui.views.timeline.conftest import OpenTimeline
from tests.dlst_gui.views.timeline.timeline_fakes import MadeUpProject, project_of

FRAMES = 3000
CLOSEST = 150  # times closer: frames are so wide that the curve is a smooth line


@pytest.fixture
def project() -> MadeUpProject:
    """Four tracks with everything that a lane can show, at random places."""
    made = project_of(frame_count=FRAMES, track_count=4)
    random = np.random.default_rng(3)
    for track_id in range(4):
        borders = np.sort(random.integers(0, FRAMES, 40))
        states = random.integers(0, len(FrameState), 41).astype(np.uint8)
        made.codes[track_id] = states[np.searchsorted(borders, np.arange(FRAMES), side="right")]
        made.codes[track_id, borders] = FrameState.HUMAN
        made.disagreement_table[track_id, 300 * track_id : 300 * track_id + 200] = 0.9
        made.spans[track_id] = (ReviewSpan(100, 900, ReviewMark.ACCEPTED), ReviewSpan(901, 2500, ReviewMark.BAD))
    made.score_table[:] = random.normal(2, 6, made.score_table.shape)
    made.score_table[:, 1000:1100] = np.nan
    return made


@pytest.fixture
def timeline(open_timeline: OpenTimeline, project: MadeUpProject) -> Timeline:
    made = open_timeline(project, 900, 260)
    made.select_track(1)
    return made


class PaintedRegion(QObject):
    """Event filter that gathers what is painted."""

    def __init__(self) -> None:
        super().__init__()
        self.region = QRegion()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if isinstance(event, QPaintEvent):
            self.region = self.region.united(event.region())
        return False


def picture_of(timeline: Timeline) -> QImage:
    return timeline.lanes.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


def pixels_of(timeline: Timeline) -> NDArray[np.uint8]:
    image = picture_of(timeline)
    return np.array(image.constBits()).reshape(image.height(), image.width(), 4)[..., :3].copy()


def redrawn(timeline: Timeline, project: MadeUpProject) -> NDArray[np.uint8]:
    """The same view, with nothing kept."""
    timeline.lanes.set_data(project)
    return pixels_of(timeline)


def assert_same_picture(piecewise: NDArray[np.uint8], at_once: NDArray[np.uint8], zoom: float) -> None:
    """Exactly; but Qt rounds a smooth line's slope where it cuts it, which shows in the shades of its edge."""
    if zoom == CLOSEST:
        curve = slice(SLIM.height + SELECTED.curve_top, SLIM.height + SELECTED.height)
        shades = np.abs(piecewise[curve].astype(np.int16) - at_once[curve])
        assert shades.mean() < 0.03  # of 255; a curve that ends two columns early is beyond
        piecewise[curve] = at_once[curve]
    np.testing.assert_array_equal(piecewise, at_once)


@pytest.mark.parametrize("zoom", [3, 12, CLOSEST], ids=["crowded", "close", "closest"])
@pytest.mark.parametrize("columns", [-37, -1, 5, 200])
def test_pan_when_the_picture_was_moved_then_it_looks_as_if_drawn_at_once(
    timeline: Timeline, project: MadeUpProject, zoom: float, columns: int
) -> None:
    timeline.lanes.zoom_asked.emit(zoom, 300.0)
    pixels_of(timeline)
    before = timeline.axis.left
    timeline.lanes.pan_asked.emit(columns)
    assert timeline.axis.left == before + columns
    piecewise = pixels_of(timeline)
    assert_same_picture(piecewise, redrawn(timeline, project), zoom)


@pytest.mark.parametrize("zoom", [1, 12, CLOSEST], ids=["crowded", "close", "closest"])
def test_show_change_when_a_span_changes_then_it_looks_as_if_drawn_at_once(
    timeline: Timeline, project: MadeUpProject, zoom: float
) -> None:
    timeline.lanes.zoom_asked.emit(zoom, 300.0)
    before = pixels_of(timeline)
    first = timeline.lanes.frame_at(350)
    for track_id in (0, 1):
        project.codes[track_id, first : first + 5] = FrameState.HUMAN
        project.codes[track_id, first + 5 : first + 30] = FrameState.LOST
        project.score_table[track_id, first : first + 30] = -8
        timeline.show_change(track_id, first, first + 29)
    piecewise = pixels_of(timeline)
    assert (piecewise != before).any()
    assert_same_picture(piecewise, redrawn(timeline, project), zoom)


def test_show_change_when_a_few_frames_change_then_only_those_and_their_neighbours_are_read(
    timeline: Timeline, project: MadeUpProject
) -> None:
    timeline.lanes.zoom_asked.emit(50.0, 300.0)
    pixels_of(timeline)
    project.reads.clear()
    first = timeline.lanes.frame_at(350)
    timeline.show_change(0, first, first)
    ((track_id, first_read, last_read),) = project.reads
    assert track_id == 0
    assert first - 5 <= first_read <= first <= last_read <= first + 5


def test_cursor_when_moved_then_no_lane_is_read_again(timeline: Timeline, project: MadeUpProject) -> None:
    before = pixels_of(timeline)
    project.reads.clear()
    timeline.show_frame(1500)
    assert (pixels_of(timeline) != before).any()
    assert project.reads == []


def test_cursor_when_moved_then_two_thin_strips_are_painted(qtbot: QtBot, timeline: Timeline) -> None:
    QApplication.processEvents()
    painted = PaintedRegion()
    timeline.lanes.installEventFilter(painted)
    timeline.show_frame(1500)
    qtbot.waitUntil(lambda: not painted.region.isEmpty())
    strips = [timeline.lanes.cursor_strip(frame_index) for frame_index in (0, 1500)]
    assert painted.region.subtracted(QRegion(strips[0]).united(strips[1])).isEmpty()
    assert max(strip.width() for strip in strips) <= 8


def test_lanes_when_there_are_many_then_only_those_in_view_are_read(open_timeline: OpenTimeline) -> None:
    project = project_of(frame_count=100, track_count=50)
    timeline = open_timeline(project, 900, 160)
    pixels_of(timeline)
    assert {track_id for track_id, _, _ in project.reads} <= set(range(6))
    timeline.lanes.scroll_asked.emit(10_000)
    project.reads.clear()
    pixels_of(timeline)
    assert 49 in {track_id for track_id, _, _ in project.reads}


def test_lanes_when_a_lost_frame_is_corrected_on_the_next_then_both_are_seen_however_small(
    open_timeline: OpenTimeline,
) -> None:
    project = project_of(frame_count=100_000, track_count=1)
    project.codes[:] = FrameState.TRACKED
    project.codes[0, 50_000] = FrameState.LOST
    project.codes[0, 50_001] = FrameState.HUMAN
    timeline = open_timeline(project, 900, 160)
    image = picture_of(timeline)
    seen = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(24)}
    assert HUMAN.color in seen
    assert {LOST.color, THEME.warning_ground} & seen


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_pattern_table_when_seen_without_colour_then_every_state_differs_from_every_other(theme: Theme) -> None:
    table, looks = pattern_table(12, 1, theme), state_looks(theme)
    shapes = set()
    for state in FrameState:
        tile = table[:, state * PERIOD : (state + 1) * PERIOD]
        ink = QColor(looks[state].ink).rgba() if state in looks else 0
        shapes.add((tile == ink).tobytes() if state is not FrameState.NOTHING else b"")
    solid = {FrameState.HUMAN, FrameState.TRACKED}  # a keyframe has its diamond
    assert len(shapes) == len(FrameState) - len(solid) + 1


def test_lanes_when_much_is_to_be_read_then_follow_one_by_one_and_look_as_if_drawn_at_once(
    qtbot: QtBot, open_timeline: OpenTimeline, project: MadeUpProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = picture_of(open_timeline(project, 900, 260))
    monkeypatch.setattr("dlst_gui.views.timeline.lanes.FRAMES_READ_AT_ONCE", FRAMES)
    timeline = open_timeline(project, 900, 260)
    timeline.lanes.set_data(project)
    project.reads.clear()
    assert picture_of(timeline) != expected
    assert len({read[0] for read in project.reads}) == 1
    timeline.show()
    qtbot.waitUntil(lambda: len({read[0] for read in project.reads}) == 4)
    assert picture_of(timeline) == expected


def test_lane_when_it_is_selected_then_a_line_says_where_evidence_is(
    timeline: Timeline, project: MadeUpProject
) -> None:
    def ink(row: int, frame: int) -> bool:
        """Whether the line is drawn on a frame of a lane; the first rows are slim."""
        top = row * SLIM.height + SELECTED.evidence_top
        column = round(timeline.axis.column_of(frame))
        return bool((pixels_of(timeline)[top, column] != pixels_of(timeline)[top - 1, column]).any())

    project.score_table[:] = np.nan
    timeline.select_track(1)
    timeline.lanes.set_data(project)
    assert not ink(1, 300)
    project.evidence_table[1, 250:400] = True
    project.evidence_table[2, 250:400] = True
    timeline.lanes.read_evidence()
    assert ink(1, 300)
    assert not ink(1, 600)
    project.evidence_table[1, 600:640] = True
    timeline.show_change(1, 600, 640)
    assert ink(1, 620)
    where = timeline.lanes.x_of(300.5)
    text = timeline.lanes.hover_text(QPointF(where, SLIM.height + SELECTED.evidence_top))
    assert "what the tracker saw is kept" in text
