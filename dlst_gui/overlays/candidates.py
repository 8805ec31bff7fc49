"""Every place the classifier judged: a mark at its centre, and the outlines of the best."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dlst_gui.overlays.layers_item import Dots, Layer, LayersItem, Outline, boxes_path, centers
from dlst_gui.overlays.overlay import CandidateColoring, FrameScene, OverlayInfo
from dlst_gui.overlays.palette import (
    GUIDED,
    LAST_SEEN,
    LOCALIZED,
    MATCHED,
    PREVIOUS,
    SCORE_RAMP,
    LegendEntry,
    Mark,
    Stroke,
)
from tracker_core import CandidateOrigin, Candidates

DOT_SIZE = 3.2  # screen pixels
_ORIGINS = (
    (CandidateOrigin.PREVIOUS, PREVIOUS.color, False, "Candidates around previous box"),
    (CandidateOrigin.LOCALIZED, LOCALIZED.color, True, "Candidates around localised box"),
    (CandidateOrigin.LAST_SEEN, LAST_SEEN.color, True, "Candidates around last seen box"),
    (CandidateOrigin.MATCHED, MATCHED.color, True, "Matched candidates"),
    (CandidateOrigin.GUIDED, GUIDED.color, True, "Candidates around guided box"),
)


class CandidatesOverlay:
    """Candidates, told apart by the centre they were drawn around or by their score."""

    info = OverlayInfo(
        name="candidates",
        text="C&andidates",
        shortcut="J",
        tip="Show every candidate the classifier scored, with outlines of the best",
        explains=True,
        is_explained_at_start=True,
    )

    def __init__(self) -> None:
        self._item = LayersItem()
        self._item.setZValue(30)

    @property
    def item(self) -> LayersItem:
        return self._item

    def show_scene(self, scene: FrameScene) -> None:
        """Draw all candidates of the scene as one item."""
        if scene.diagnostics is None:
            self._item.set_layers(())
            return
        candidates = scene.diagnostics.candidates
        by_score = scene.candidate_coloring is CandidateColoring.SCORE
        dots = _dots_by_score(candidates) if by_score else _dots_by_origin(candidates)
        self._item.set_layers((*dots, *_best_outlines(candidates, by_score=by_score)))

    def legend(self, scene: FrameScene) -> tuple[LegendEntry, ...]:
        """By origin one entry each that occurs; by score the two ends of the ramp."""
        if scene.diagnostics is None:
            return ()
        candidates = scene.diagnostics.candidates
        if scene.candidate_coloring is CandidateColoring.SCORE:
            low, high = (float(candidates.scores.min()), float(candidates.scores.max()))
            return (
                LegendEntry(f"Candidate, score {high:.1f}", Stroke(SCORE_RAMP[-1]), Mark.DOT),
                LegendEntry(f"Candidate, score {low:.1f}", Stroke(SCORE_RAMP[0]), Mark.DOT),
            )
        return tuple(
            LegendEntry(text, Stroke(color), Mark.SQUARE if is_square else Mark.DOT)
            for origin, color, is_square, text in _ORIGINS
            if (candidates.origins == origin).any()
        )


def score_ramp_steps(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """(n,) index into SCORE_RAMP, spread evenly over the range of the scores."""
    low, high = float(scores.min()), float(scores.max())
    fraction = (scores - low) / max(high - low, 1e-6)
    return np.minimum((fraction * len(SCORE_RAMP)).astype(np.int64), len(SCORE_RAMP) - 1)


def _dots_by_origin(candidates: Candidates) -> tuple[Layer, ...]:
    return tuple(
        Dots(centers(candidates.boxes_xywh[candidates.origins == origin]), color, DOT_SIZE, is_square)
        for origin, color, is_square, _ in _ORIGINS
    )


def _dots_by_score(candidates: Candidates) -> tuple[Layer, ...]:
    """Best last, so that it lies on top."""
    steps = score_ramp_steps(candidates.scores)
    return tuple(
        Dots(centers(candidates.boxes_xywh[steps == step]), color, DOT_SIZE)
        for step, color in enumerate(SCORE_RAMP)
    )


def _best_outlines(candidates: Candidates, *, by_score: bool) -> tuple[Layer, ...]:
    best = candidates.best
    if by_score:
        return (Outline(boxes_path(candidates.boxes_xywh[best]), Stroke(SCORE_RAMP[-1], 1.0)),)
    return tuple(
        Outline(boxes_path(candidates.boxes_xywh[best[candidates.origins[best] == origin]]), Stroke(color, 1.0))
        for origin, color, _, _ in _ORIGINS
    )
