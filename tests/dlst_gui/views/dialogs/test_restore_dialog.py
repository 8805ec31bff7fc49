"""Earlier states: listed as people say it, compared with now, restored as one step."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from dlst_gui.project.backups import EarlierState, StateCounts
from dlst_gui.project.opening import ProjectOpener
from dlst_gui.session.session import Session
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.views.dialogs.restore_dialog import (
    SAME_COUNTS,
    RestoreDialog,
    difference_in_words,
    size_in_words,
    when,
)
from tests.dlst_gui.window_fakes import Workshop
from tracker_core import Box

NOW = datetime(2026, 11, 29, 12, 0).astimezone()
PRESENT = StateCounts(4, 60, 1000)


def state(hours_ago: float, counts: StateCounts = PRESENT) -> EarlierState:
    made_at_s = (NOW - timedelta(hours=hours_ago)).timestamp()
    return EarlierState(Path(f"/states/{hours_ago}.dlst"), made_at_s, 1_420_000, counts, "")


@pytest.mark.parametrize(
    ("hours_ago", "expected"), [(0.5, "Today, 11:30"), (13, "Yesterday, 23:00"), (72, "26 November 2026, 12:00")]
)
def test_when_then_says_it_as_people_do(hours_ago: float, expected: str) -> None:
    assert when(state(hours_ago).made_at, NOW) == expected


@pytest.mark.parametrize(
    ("byte_count", "expected"), [(10, "1 kB"), (96_400, "96 kB"), (1_420_000, "1.4 MB"), (2.5e9, "2.5 GB")]
)
def test_size_then_has_a_unit_that_fits(byte_count: int, expected: str) -> None:
    assert size_in_words(byte_count) == expected


@pytest.mark.parametrize(
    ("earlier", "expected"),
    [
        (PRESENT, SAME_COUNTS),
        (StateCounts(3, 60, 2000), "Compared with now: 1 fewer object, 1,000 more tracked boxes."),
        (StateCounts(6, 1, 1000), "Compared with now: 2 more objects, 59 fewer manual boxes."),
    ],
)
def test_difference_then_says_what_would_be_more_or_fewer(earlier: StateCounts, expected: str) -> None:
    assert difference_in_words(PRESENT, earlier) == expected


def test_dialog_when_a_state_is_chosen_then_that_one_is_restored(qtbot: QtBot) -> None:
    taken: list[EarlierState] = []
    states = [state(1), state(30, StateCounts(1, 2, 3))]
    dialog = RestoreDialog(states, PRESENT, taken.append, now=NOW)
    qtbot.addWidget(dialog)
    assert dialog.chosen == states[0]
    row = dialog.table.topLevelItem(1)
    assert row is not None
    dialog.table.setCurrentItem(row)
    assert "58 fewer manual boxes" in dialog.note.text()
    dialog.restore.click()
    assert taken == [states[1]]


def test_dialog_when_there_are_no_states_then_says_when_there_will_be(qtbot: QtBot) -> None:
    dialog = RestoreDialog([], PRESENT, lambda _: None)
    qtbot.addWidget(dialog)
    assert "no earlier states" in dialog.words.text()
    assert not dialog.restore.isEnabled()


@pytest.fixture
def saved_session(qtbot: QtBot, workshop: Workshop, tmp_path: Path) -> Iterator[Session]:
    """A session whose project is in a file."""
    (tmp_path / "videos").mkdir()
    projects = ProjectOpener(tmp_path / "data")
    made = Session(workshop.open_source, workshop.make_tracker, TrackerSettings(), projects)
    with qtbot.waitSignal(made.project_opened):
        made.open(tmp_path / "videos/clip.mp4")
    yield made
    made.close()


def test_session_when_it_was_closed_then_its_state_can_be_restored_and_that_undone(
    qtbot: QtBot, saved_session: Session, workshop: Workshop, tmp_path: Path
) -> None:
    saved_session.set_box(0, Box(10, 10, 20, 20))
    saved_session.close()
    projects = ProjectOpener(tmp_path / "data")
    again = Session(workshop.open_source, workshop.make_tracker, TrackerSettings(), projects)
    with qtbot.waitSignal(again.project_opened):
        again.open(tmp_path / "videos/clip.mp4")
    again.selection.select(1)
    again.set_box(5, Box(40, 10, 20, 20))
    (earlier,) = again.backups.states()
    assert again.backups.present_counts() == StateCounts(1, 2, 0)
    again.restore(earlier)
    assert again.project is not None
    assert set(again.project.manual_boxes(1)) == {0}
    assert len(again.backups.states()) == 2, "the present state was kept first"
    again.undo()
    assert set(again.project.manual_boxes(1)) == {0, 5}
    again.close()


def test_session_when_it_works_then_a_state_is_kept_in_the_background(
    qtbot: QtBot, saved_session: Session
) -> None:
    saved_session.set_box(0, Box(10, 10, 20, 20))
    saved_session.backups.begin()
    qtbot.waitUntil(lambda: len(saved_session.backups.states()) == 1, timeout=10000)
    assert saved_session.backups.states()[0].counts.manual_boxes == 1
