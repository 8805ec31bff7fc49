from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from dlst_gui.session.editing import Editing
from dlst_gui.session.run_state import RunState
from dlst_gui.session.session import Session
from dlst_gui.session.what_ifs import WhatIfs
from dlst_gui.views.style.throttle import Throttle
from dlst_gui.views.workspace import Workspace
from tests.dlst_gui.reading import predictions
from tests.dlst_gui.window_fakes import Workshop
from tests.fakes import SyntheticVideo
from tracker_core import Box


def test_request_when_many_come_then_the_redraws_are_few_and_the_last_comes_after_them(qtbot: QtBot) -> None:
    owner = QObject()
    throttle = Throttle(owner, interval_ms=30)
    drawn: list[int] = []
    latest = 0
    throttle.due.connect(lambda: drawn.append(latest))
    started = time.perf_counter()
    for latest in range(200):  # noqa: B007 - read by the slot
        throttle.request()
        qtbot.wait(1)
    took_s = time.perf_counter() - started
    qtbot.waitUntil(lambda: drawn[-1] == 199)
    assert len(drawn) <= took_s / 0.030 + 3


def test_workspace_when_frames_come_fast_then_it_redraws_seldom_and_records_every_frame(
    qtbot: QtBot, workshop: Workshop, session: Session
) -> None:
    workshop.video = SyntheticVideo(frame_count=300, speed=0.2)
    workspace = Workspace(session, Editing(session), WhatIfs(session), (), session)
    redraws: list[float] = []
    workspace.redrawn.connect(lambda: redraws.append(time.monotonic()))
    with qtbot.waitSignal(session.playhead.frame_decoded):
        session.open(Path("clip.mp4"))
    session.set_box(0, Box(20, 40, 24, 24))
    redraws.clear()
    started = time.perf_counter()
    session.tracking.track()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED, timeout=10000)
    took_s = time.perf_counter() - started
    assert len(predictions(session)) == 299
    assert len(redraws) <= took_s / 0.033 + took_s / 0.1 + 3  # the picture, and what may lag behind it
    qtbot.waitUntil(lambda: workspace.scene().frame_index == 299)
