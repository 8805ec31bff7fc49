"""What the inspector says of systems with and without a matching head."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from dlst_gui.overlays import FrameScene
from dlst_gui.views.inspector import Inspector, matched_text
from tests.fakes import FakeTracker
from tracker_core import Box, CandidateOrigin, ResponseMap

CHOSEN = Box(73, 52, 24, 20)
SEEN = FakeTracker._explain(Box(70, 50, 24, 20), CHOSEN, 5.0)


@pytest.mark.parametrize(
    ("matched", "text"),
    [
        (None, "no matching head in this preset"),
        (CHOSEN, "confidence 0.62"),
        (Box(10, 10, 24, 20), "confidence 0.62, differs from the chosen box"),
    ],
    ids=["none", "same", "rival"],
)
def test_matched_text_when_explained_then_says_how_sure_and_whether_of_another_place(
    matched: Box | None, text: str
) -> None:
    assert matched_text(replace(SEEN, matched_box=matched, matched_confidence=0.619)) == text


def test_inspector_when_boxes_come_from_the_matching_head_then_copes_with_what_is_missing(qtbot: QtBot) -> None:
    inspector = Inspector()
    qtbot.addWidget(inspector)
    origins = np.full(256, CandidateOrigin.MATCHED, np.uint8)
    response = ResponseMap(np.zeros((28, 28), np.float32), Box(10, 10, 80, 80))
    seen = replace(
        SEEN,
        regressed_box=None,
        response_map=response,
        matched_box=CHOSEN,
        candidates=replace(SEEN.candidates, origins=origins),
    )
    inspector.show_scene(FrameScene(3, diagnostics=seen))
    item = inspector._table.item(0, 1)
    assert item is not None
    assert item.text() == "matched"
