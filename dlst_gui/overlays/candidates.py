"""Every place the classifier judged: a mark at its centre, and the outlines of the best."""

from __future__ import annotations

from dlst_gui.counting import signed
from dlst_gui.overlays.candidate_looks import DOT_SIZE, ORIGIN_LOOKS, ScoreScale
from dlst_gui.overlays.layers_item import Dots, Layer, LayersItem, Outline, boxes_path, centers
from dlst_gui.overlays.overlay import CandidateColoring, FrameScene, OverlayInfo
from dlst_gui.overlays.palette import SCORE_RAMP, LegendEntry, Mark, Stroke
from tracker_core import Candidates


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
        """By origin one entry each that occurs; by score the ramp, and what is above 0 and what not."""
        if scene.diagnostics is None:
            return ()
        candidates = scene.diagnostics.candidates
        if scene.candidate_coloring is CandidateColoring.SCORE:
            return _score_legend(ScoreScale.of(candidates.scores))
        return tuple(
            LegendEntry(look.text, Stroke(look.color), look.mark)
            for origin, look in ORIGIN_LOOKS.items()
            if (candidates.origins == origin).any()
        )


def _score_legend(scale: ScoreScale) -> tuple[LegendEntry, ...]:
    ends = f"Score {signed(scale.low, 1)} … {signed(scale.high, 1)}; line at 0"
    ramp = LegendEntry(ends, Stroke(SCORE_RAMP[-1]), Mark.SCALE, SCORE_RAMP, scale.zero)
    above = LegendEntry("Score above 0: target", Stroke(SCORE_RAMP[-1]), Mark.DOT)
    below = LegendEntry("Score 0 and below: lost", Stroke(SCORE_RAMP[0]), Mark.RING)
    return (ramp, *((above,) if scale.high > 0 else ()), *((below,) if scale.low < 0 else ()))


def _dots_by_origin(candidates: Candidates) -> tuple[Layer, ...]:
    return tuple(
        Dots(centers(candidates.boxes_xywh[candidates.origins == origin]), look.color, DOT_SIZE, look.mark)
        for origin, look in ORIGIN_LOOKS.items()
    )


def _dots_by_score(candidates: Candidates) -> tuple[Layer, ...]:
    """Best last, so that it lies on top."""
    steps, is_above = ScoreScale.of(candidates.scores).steps(candidates.scores), candidates.scores > 0
    return tuple(
        Dots(centers(candidates.boxes_xywh[(steps == step) & (is_above == fills)]), color, DOT_SIZE, mark)
        for step, color in enumerate(SCORE_RAMP)
        for fills, mark in ((False, Mark.RING), (True, Mark.DOT))
        if ((steps == step) & (is_above == fills)).any()
    )


def _best_outlines(candidates: Candidates, *, by_score: bool) -> tuple[Layer, ...]:
    best = candidates.best
    if by_score:
        return (Outline(boxes_path(candidates.boxes_xywh[best]), Stroke(SCORE_RAMP[-1], 1.0)),)
    return tuple(
        Outline(
            boxes_path(candidates.boxes_xywh[best[candidates.origins[best] == origin]]), Stroke(look.color, 1.0)
        )
        for origin, look in ORIGIN_LOOKS.items()
    )
