"""What the sampling panel shows of one frame, worked out without a widget."""

from __future__ import annotations

from dataclasses import dataclass

from dlst_gui.overlays import FrameScene
from dlst_gui.overlays.candidate_looks import ORIGIN_LOOKS
from dlst_gui.tracking.tracker_factory import config_of_system
from tracker_core import Box, CandidateConfig, CandidateOrigin, Diagnostics
from tracker_core.evidence import CLOSE, ON_TARGET, Draws, Overlaps, Redrawing, as_tracked

REFERENCE_NAMES = {"true": "the ground truth", "manual": "the manual box", "chosen": "the chosen box"}
NO_TRUTH = "Nobody has said where the object is here, so this is against the tracker's own choice."


@dataclass(frozen=True, slots=True)
class SamplingRow:
    """One line of counts.

    Attributes:
        name: of the set of boxes.
        total: how many there are.
        on_target: how many overlap the reference by 0.5 or more.
        close: the same by 0.7.
        best: the largest overlap.
    """

    name: str
    total: int
    on_target: int
    close: int
    best: float

    @classmethod
    def of(cls, name: str, overlaps: Overlaps) -> SamplingRow:
        """Counted."""
        return cls(name, len(overlaps), overlaps.reaching(ON_TARGET), overlaps.reaching(CLOSE), overlaps.best)


@dataclass(frozen=True, slots=True)
class FrameSampling:
    """Both ways of drawing on one frame.

    Attributes:
        seen: what the tracker saw.
        redrawing: draws again.
        reference: box that overlaps are told with.
        reference_name: "true", "manual" or "chosen".
        normal: S_norm's draws.
        combined: S_comb's: the tracker's own, or drawn again.
        proposed: what a network proposed beside them; empty where none does.
        is_redrawn: whether `combined` is not what the tracker drew.
    """

    seen: Diagnostics
    redrawing: Redrawing
    reference: Box
    reference_name: str
    normal: Draws
    combined: Draws
    proposed: Overlaps
    is_redrawn: bool

    @classmethod
    def of(
        cls,
        scene: FrameScene,
        *,
        frame_width: int,
        frame_height: int,
        config: CandidateConfig | None = None,
        seed: int | None = None,
    ) -> FrameSampling | None:
        """Of the shown frame; None where nothing is known of it, or not which system has seen it.

        Args:
            scene: the shown frame.
            frame_width: pixels.
            frame_height: pixels.
            config: constants to draw by; None for the tracker's.
            seed: to draw S_comb anew with; None for the tracker's draws, if the constants are the tracker's too.
        """
        seen, system = scene.diagnostics, config_of_system(scene.system)
        if seen is None or system is None or not seen.candidates.origins.size:
            return None
        again = Redrawing.of(seen, system, frame_width=frame_width, frame_height=frame_height)
        is_redrawn = seed is not None or config not in (None, again.tracked)
        reference = scene.reference
        drawn = as_tracked(seen)
        box = seen.chosen_box if reference is None else reference.box
        every = Overlaps.of_candidates(seen.candidates, box)
        return cls(
            seen,
            again,
            box,
            "chosen" if reference is None else reference.name,
            again.normal(config, seed=seed or 0),
            again.combined(config, seed=seed or 0) if is_redrawn else drawn,
            Overlaps(every.values[len(drawn) :], every.origins[len(drawn) :]) if seen.centers else every.of(),
            is_redrawn,
        )

    @property
    def chosen_overlap(self) -> float:
        """IoU of the chosen box with the reference."""
        return self.seen.chosen_box.iou(self.reference)

    @property
    def normal_overlaps(self) -> Overlaps:
        """Of S_norm with the reference."""
        return self.normal.overlaps(self.reference)

    @property
    def combined_overlaps(self) -> Overlaps:
        """Of S_comb with the reference."""
        return self.combined.overlaps(self.reference)

    def rows(self) -> tuple[SamplingRow, ...]:
        """Counts of S_norm, of S_comb and its parts, and of proposals, where there are some."""
        comb = self.combined_overlaps
        rows = [SamplingRow.of("S_norm", self.normal_overlaps), SamplingRow.of("S_comb", comb)]
        if len(comb.present_origins) > 1:
            rows += [
                SamplingRow.of(f"· {ORIGIN_LOOKS[each].name}", comb.of(each)) for each in comb.present_origins
            ]
        if len(self.proposed):
            rows.append(SamplingRow.of("proposed", self.proposed))
        return tuple(rows)

    def sentence(self) -> str:
        """Who has drawn more on the object, and where the chosen box lies."""
        if self.reference_name == "chosen":
            return NO_TRUTH
        norm, comb = (each.reaching(ON_TARGET) for each in (self.normal_overlaps, self.combined_overlaps))
        chosen = f"The chosen box overlaps {REFERENCE_NAMES[self.reference_name]} by {self.chosen_overlap:.2f}."
        if self.combined_overlaps.present_origins == (CandidateOrigin.PREVIOUS,):
            return f"Nothing else is proposed here: both draw alike ({norm} and {comb} on the object). {chosen}"
        if not norm and not comb:
            return f"Neither draws a box on the object. {chosen}"
        if not norm:
            return f"S_comb alone draws on the object: {comb} boxes. {chosen}"
        if not comb:
            return f"S_norm alone draws on the object: {norm} boxes. {chosen}"
        return f"S_norm draws {norm} boxes on the object, S_comb {comb}. {chosen}"
