"""What the inspector says of systems with and without a matching head."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from dlst_gui.overlays import FrameScene, TrackOnFrame
from dlst_gui.project.edits import add_track, record_predictions
from dlst_gui.project.findings.review_findings import review_findings
from dlst_gui.project.labels import TrackInfo
from dlst_gui.project.prediction_block import PredictionBlock
from dlst_gui.project.project import Project
from dlst_gui.project.tracks import UNSURE_SCORE, Prediction, Shown, ShownKind, Visibility
from dlst_gui.project.video_identity import VideoIdentity
from dlst_gui.views.evidence.inspector import (
    Inspector,
    box_text,
    chosen_text,
    guided_text,
    matched_text,
    peak_text,
)
from tests.dlst_gui.evidence.explained_frames import made_evidence
from tests.fakes import FakeTracker
from tracker_core import Box, CandidateOrigin, ResponseMap, UpdateKind

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


@pytest.mark.parametrize(
    ("of", "name"), [(CandidateOrigin.MATCHED, "matched"), (CandidateOrigin.GUIDED, "guided")]
)
def test_inspector_when_boxes_come_from_the_head_or_a_guide_then_copes_with_what_is_missing(
    qtbot: QtBot, of: CandidateOrigin, name: str
) -> None:
    inspector = Inspector()
    qtbot.addWidget(inspector)
    origins = np.full(256, of, np.uint8)
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
    assert item.text() == name


@pytest.mark.parametrize(
    ("trust", "words"),
    [
        (1.0, "believed fully"),
        (0.5, "believed by a half"),
        (0.25, "believed by a quarter"),
        (0.125, "believed by an eighth"),
        (0.0, "believed by an eighth"),
    ],
)
def test_guided_text_when_there_is_a_guide_then_has_its_box_its_confidence_and_its_trust_in_words(
    trust: float, words: str
) -> None:
    assert guided_text(SEEN) == "no guide"
    seen = replace(SEEN, guided_box=CHOSEN, guided_confidence=0.619, guide_trust=trust)
    assert guided_text(seen) == f"x 73.0   y 52.0   24.0 × 20.0 px\nconfidence 0.62, {words}"


def test_inspector_when_it_is_known_what_found_the_box_then_names_it(qtbot: QtBot) -> None:
    inspector = Inspector()
    qtbot.addWidget(inspector)
    inspector.show_scene(FrameScene(3, diagnostics=SEEN, system="dlst-studio fast +fear-xs"))
    assert inspector._system.text() == "dlst-studio fast +fear-xs"
    assert not inspector._system.isHidden()
    inspector.show_scene(FrameScene(4, diagnostics=SEEN))
    assert inspector._system.isHidden()


@pytest.mark.parametrize(
    ("score", "word"), [(-1.0, "lost"), (UNSURE_SCORE - 0.01, "unsure"), (UNSURE_SCORE, "found"), (8.0, "found")]
)
def test_inspector_when_a_finding_would_begin_at_a_score_then_it_does_not_say_found(
    qtbot: QtBot, score: float, word: str
) -> None:
    inspector = Inspector()
    qtbot.addWidget(inspector)
    prediction = Prediction(3, CHOSEN, score, score > 0, 1, UpdateKind.NONE)
    shown = Shown(CHOSEN, ShownKind.TRACKED, Visibility.VISIBLE, prediction, None)
    track = TrackOnFrame(TrackInfo(1, "dog", "#5cc8ff"), shown)
    inspector.show_scene(FrameScene(3, track=track, prediction=prediction))
    assert inspector._verdict.text() == word
    made = Project(VideoIdentity("clip.mp4", 10, 640, 360, 1))
    made.apply(*add_track(made, label="dog", color="#5cc8ff").changes)
    lost = replace(prediction, frame_index=4, score=-1.0, is_found=False)
    made.apply(*record_predictions(made, 1, PredictionBlock.of([prediction, lost])).changes)
    assert review_findings(made, 1, 10)["first"].tolist() == [3 if word != "found" else 4]


def test_chosen_text_when_the_best_are_averaged_or_a_proposal_won_then_says_which() -> None:
    seen = made_evidence().diagnostics
    assert seen is not None
    assert chosen_text(seen) == "matched, score −0.10, rank 4"
    assert chosen_text(replace(seen, proposals=None)) == "mean of the best 2"


def test_box_text_when_it_begins_above_the_frame_then_minus_signs_are_all_of_one_width() -> None:
    assert box_text(Box(-3.25, -7.0, 28.4, 30.3)) == "x −3.2   y −7.0   28.4 × 30.3 px"


def test_peak_text_when_it_is_left_of_the_frame_then_minus_signs_are_all_of_one_width() -> None:
    seen = made_evidence().diagnostics
    assert seen is not None
    moved = ResponseMap(np.full((1, 1), -2.8, np.float32), Box(-90.0, -30.0, 20.0, 20.0))
    assert peak_text(replace(seen, response_map=moved)) == "−2.80 at −80.0, −20.0"
