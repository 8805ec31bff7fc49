"""The candidates of a kept frame drawn again, without the tracker.

As it drew them (S_comb), around the previous box alone (S_norm), and as it would have with other constants.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker_core.box import Box, BoxArray
from tracker_core.candidate_drawing import drawing_centers, drawn_candidates
from tracker_core.config import CandidateConfig, DLSTConfig
from tracker_core.evidence.overlap import Overlaps
from tracker_core.sampling import BoxSampler, round_half_away
from tracker_core.tracker import CandidateOrigin, Diagnostics, DrawingCenter


@dataclass(frozen=True, slots=True)
class Draws:
    """Boxes drawn at random for one frame.

    Attributes:
        boxes_xywh: (n, 4) float64 pixels.
        origins: (n,) uint8, a `CandidateOrigin` each.
    """

    boxes_xywh: BoxArray
    origins: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.origins)

    def overlaps(self, reference: Box) -> Overlaps:
        """How far each covers a reference box."""
        return Overlaps.between(self.boxes_xywh, self.origins, reference)


@dataclass(frozen=True, slots=True)
class Redrawing:
    """What is needed to draw the candidates of one frame again.

    Equal seeds give equal draws, and S_norm begins with those that S_comb makes around the previous box: so two of
    one seed differ by the places alone, not by chance.

    Attributes:
        tracked: the constants that the tracker drew by.
        sampler: draws within this frame. Where the previous box is smaller than the config's smallest side, it
            sets that; a tracker goes by the manual box, which is another one for targets of a few pixels alone.
        previous: the target on the frame before, at the size that draws are multiples of.
        localized: where the localiser proposed it; None where it abstained.
        guided: where the guide proposed it; None where there is none.
        last_seen: where the target was seen last, if it was not at `previous`; else None.
        translation: spread of the draws around `previous` in mean sides; it grows while the target is lost.
    """

    tracked: CandidateConfig
    sampler: BoxSampler
    previous: Box
    localized: Box | None
    guided: Box | None
    last_seen: Box | None
    translation: float

    @classmethod
    def of(cls, seen: Diagnostics, config: DLSTConfig, *, frame_width: int, frame_height: int) -> Redrawing:
        """From what was kept of a frame.

        Diagnostics without `centers` give a spread that has not grown, and no last seen box.

        Args:
            seen: of the frame.
            config: of the tracker that saw it.
            frame_width: pixels.
            frame_height: pixels.
        """
        centers = {center.origin: center for center in reversed(seen.centers)}  # of equal ones the first

        def place(origin: CandidateOrigin, known: Box | None) -> Box | None:
            return centers[origin].box if origin in centers else known

        previous = place(CandidateOrigin.PREVIOUS, None) or seen.previous_box
        around_previous = centers.get(CandidateOrigin.PREVIOUS)
        return cls(
            config.candidates,
            BoxSampler.for_target(config.drawing, previous, frame_width=frame_width, frame_height=frame_height),
            previous,
            place(CandidateOrigin.LOCALIZED, seen.localized_box),
            place(CandidateOrigin.GUIDED, seen.guided_box),
            place(CandidateOrigin.LAST_SEEN, None),
            config.candidates.translation_factor if around_previous is None else around_previous.translation,
        )

    @property
    def mean_side(self) -> float:
        """Pixels: what `translation_factor` is a multiple of, rounded as the sampler does."""
        return float(round_half_away(np.array((self.previous.width + self.previous.height) / 2)))

    def sigma_px(self, config: CandidateConfig | None = None) -> float:
        """Pixels: standard deviation of the centres drawn around the previous box, along an axis, unlimited."""
        return 0.5 * self._translation(config or self.tracked) * self.mean_side

    def combined(self, config: CandidateConfig | None = None, *, seed: int = 0) -> Draws:
        """S_comb: around the previous box and all proposed ones, by other constants if there are some."""
        config = config or self.tracked
        centers = drawing_centers(
            config,
            self.previous,
            self.localized,
            guided=self.guided,
            last_seen=self.last_seen,
            translation=self._translation(config),
        )
        return self._drawn(centers, config, seed)

    def normal(self, config: CandidateConfig | None = None, *, seed: int = 0) -> Draws:
        """S_norm: the same number around the previous box alone."""
        config = config or self.tracked
        center = DrawingCenter(CandidateOrigin.PREVIOUS, self.previous, config.count, self._translation(config))
        return self._drawn((center,), config, seed)

    def _translation(self, config: CandidateConfig) -> float:
        """Grown while the target is lost by the same factor as the tracker's was."""
        grown = self.translation / self.tracked.translation_factor
        return max(config.translation_factor, min(config.translation_limit, grown * config.translation_factor))

    def _drawn(self, centers: tuple[DrawingCenter, ...], config: CandidateConfig, seed: int) -> Draws:
        rng = np.random.default_rng(seed)
        return Draws(*drawn_candidates(self.sampler, rng, centers, scale_exponent=config.scale_exponent))


def as_tracked(seen: Diagnostics) -> Draws:
    """The candidates that were drawn, without those that a network proposed."""
    candidates = seen.candidates
    drawn = candidates.origins != CandidateOrigin.MATCHED
    if seen.centers:
        drawn = np.arange(len(candidates.origins)) < sum(center.count for center in seen.centers)
    return Draws(candidates.boxes_xywh[drawn], candidates.origins[drawn])
