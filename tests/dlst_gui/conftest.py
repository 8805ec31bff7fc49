from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch  # noqa: F401 - seconds, which else the first test of a run on several threads would wait for
from pytestqt.qtbot import QtBot

from dlst_gui.project.opening import ProjectOpener
from dlst_gui.session.run_state import RunState
from dlst_gui.session.session import Session
from dlst_gui.tracking.tracker_factory import TrackerSettings
from tests.dlst_gui.exchange.made_projects import made_project
from tests.dlst_gui.window_fakes import Workshop


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `made_project`, to copy from."""
    folder = tmp_path_factory.mktemp("made")
    made_project(folder)
    return folder


@pytest.fixture
def workshop() -> Workshop:
    return Workshop()


@pytest.fixture
def session(qtbot: QtBot, workshop: Workshop) -> Iterator[Session]:
    made = Session(workshop.open_source, workshop.make_tracker, TrackerSettings(), ProjectOpener(None))
    yield made
    made.close()


@pytest.fixture
def opened(qtbot: QtBot, session: Session) -> Session:
    """A session with the made-up clip open and its first frame decoded."""
    with qtbot.waitSignal(session.playhead.frame_decoded):
        session.open(Path("clip.mp4"))
    return session


OpenSession = Callable[[], Session]
WaitForState = Callable[[RunState], None]


@pytest.fixture
def wait_for_state(qtbot: QtBot, session: Session) -> WaitForState:
    def wait(state: RunState) -> None:
        qtbot.waitUntil(lambda: session.state is state, timeout=5000)

    return wait


@pytest.fixture
def open_session(qtbot: QtBot, workshop: Workshop, tmp_path: Path) -> Iterator[OpenSession]:
    """Opens a window's session on one video with a project beside it; each ends the one before."""
    made: list[Session] = []

    def open_it() -> Session:
        if made:
            made.pop().close()
        session = Session(workshop.open_source, workshop.make_tracker, TrackerSettings(), ProjectOpener(tmp_path))
        made.append(session)
        session.run.set_diagnostics_wanted(True)
        with qtbot.waitSignal(session.playhead.frame_decoded):
            session.open(tmp_path / "clip.mp4")
        return session

    yield open_it
    for session in made:
        session.close()
