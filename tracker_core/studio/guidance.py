"""A guide beside the matching head: what it proposes for one target, and how far it is believed. Ours.

Two networks that were trained apart rarely make the same mistake, so a box counts as far as both have confident
boxes that overlap it, and its edges lie between theirs. Who the target is, the online classifier decides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker_core.box import Box, BoxArray, iou_of_pairs
from tracker_core.config import MatchingConfig
from tracker_core.guides.answer import GuideAnswer
from tracker_core.guides.network import GuideNetwork, GuideTemplate
from tracker_core.studio.habit import habit_of, lack
from tracker_core.studio.proposals import ProposalMap, Proposals, adjusted
from tracker_core.tracker import AnyFrame

_VIEWS = ((1.0, 0.0, 0.0), (0.9, 0.2, -0.15), (1.15, -0.15, 0.2))
"""How a manual box is looked at: scale of the region, and how far off its middle, in mean sides."""

_SAME_OBJECT = 0.3  # IoU of two boxes whose edges are worth a mean
_OFF_TARGET = 0.3  # IoU below which a box was wrong
_ON_TARGET = 0.5
_LEAST_TRUST = 1 / 8
_NO_WEIGHT = 1e-9


@dataclass(frozen=True, slots=True)
class GuideKnowledge:
    """A snapshot of all that is known; `Guidance.restore` goes back to it.

    Attributes:
        templates: of the first box, and of the latest manual box after it.
        lacks: what the guide's boxes lack to manual ones, (4,) per look that found it.
        trust: 0..1, how much the guide counts.
    """

    templates: tuple[GuideTemplate, ...]
    lacks: tuple[NDArray[np.float64], ...]
    trust: float


class Guidance:
    """What a guide says of one target.

    Args:
        network: of the guide; shared by all targets.
        config: how much it counts beside the matching head.
    """

    def __init__(self, network: GuideNetwork, config: MatchingConfig) -> None:
        self._network, self._config = network, config
        self._templates: tuple[GuideTemplate, ...] = ()
        self._lacks: tuple[NDArray[np.float64], ...] = ()
        self.trust = 1.0

    def knowledge(self) -> GuideKnowledge:
        """All that is known now."""
        return GuideKnowledge(self._templates, self._lacks, self.trust)

    def restore(self, knowledge: GuideKnowledge) -> None:
        """Forget what was learned since."""
        self._templates, self._lacks, self.trust = knowledge.templates, knowledge.lacks, knowledge.trust

    def begin(self, frame: AnyFrame, box: Box) -> None:
        """Take the target from its first manual box."""
        self._templates = (self._network.template(frame, box),)
        self._lacks = self._lacks_of(frame, box)
        self.trust = 1.0

    def renew(self, frame: AnyFrame, box: Box, around: Box | None) -> None:
        """Learn another manual box.

        Args:
            frame: it lies on.
            box: of the target there.
            around: where the guide would have looked there: its answer changes its trust; None for an example.
        """
        if around is not None:
            self._judge(self.look(frame, around), box)
        self._templates = (self._templates[0], self._network.template(frame, box))
        self._lacks = (*self._lacks, *self._lacks_of(frame, box))

    def look(self, frame: AnyFrame, around: Box, growth: float = 1.0) -> GuideAnswer:
        """Around a box; its templates compete, and nothing is learned."""
        return self._network.propose(frame, around, self._templates, growth=growth)

    def proposed(self, answer: GuideAnswer, previous: Box) -> ProposalMap:
        """Its boxes as this person draws them, of each cell that of the surest template."""
        cells = np.arange(answer.ratings.shape[1])
        surest = answer.ratings.argmax(axis=0)
        boxes = adjusted(answer.boxes_xywh[surest, cells], habit_of(self._lacks))
        confidences = answer.confidences[surest, cells]
        return ProposalMap(boxes, confidences, region=answer.region, previous=previous, config=self._config)

    def agreed(self, boxes_xywh: BoxArray, own: ProposalMap, guided: ProposalMap) -> Proposals:
        """Boxes of either, as both see them.

        Args:
            boxes_xywh: (n, 4) image pixels.
            own: the matching head's boxes.
            guided: the guide's.

        Returns:
            n proposals: edges between the best supporting boxes of both, confidences their mean.
        """
        config, trust = self._config, self.trust
        supports = [_support(boxes_xywh, found, config.guide_overlap_power) for found in (own, guided)]
        confidence = (supports[0].strength + trust * supports[1].strength) / (1 + trust)
        weights = [
            share * support.confidences**config.guide_sharpness * (support.overlaps > _SAME_OBJECT)
            for share, support in zip((1.0, trust), supports, strict=True)
        ]
        total = weights[0] + weights[1]
        share = (weights[0] / np.maximum(total, _NO_WEIGHT))[:, None]
        between = share * supports[0].boxes_xywh + (1 - share) * supports[1].boxes_xywh
        return own.rated(np.where(total[:, None] > _NO_WEIGHT, between, boxes_xywh), confidence)

    def _judge(self, answer: GuideAnswer, box: Box) -> None:
        """Halve the trust where it was surely wrong, give it back where it was right."""
        overlap = answer.best_box.iou(box)
        if overlap < _OFF_TARGET and answer.best_confidence >= self._network.description.choice.found_confidence:
            self.trust = max(_LEAST_TRUST, self.trust / 2)
        elif overlap > _ON_TARGET:
            self.trust = min(1.0, 2 * self.trust)

    def _lacks_of(self, frame: AnyFrame, box: Box) -> tuple[NDArray[np.float64], ...]:
        side = float(np.sqrt(box.area))
        looks = [self.look(frame, box.shifted(x * side, y * side), scale) for scale, x, y in _VIEWS]
        return tuple(found for found in (lack(answer.best_box, box) for answer in looks) if found is not None)


@dataclass(frozen=True, slots=True)
class _Support:
    """For each of n boxes, the one of a map that speaks most for it.

    Attributes:
        boxes_xywh, confidences: of the supporting boxes, (n, 4) and (n,).
        overlaps: (n,) IoU with them.
        strength: (n,) their confidence, less where they overlap less.
    """

    boxes_xywh: BoxArray
    confidences: NDArray[np.float64]
    overlaps: NDArray[np.float64]
    strength: NDArray[np.float64]


def _support(boxes_xywh: BoxArray, found: ProposalMap, power: float) -> _Support:
    overlaps = iou_of_pairs(boxes_xywh, found.boxes_xywh)
    strengths = found.confidences * overlaps**power
    best, rows = strengths.argmax(axis=1), np.arange(len(boxes_xywh))
    return _Support(found.boxes_xywh[best], found.confidences[best], overlaps[rows, best], strengths[rows, best])
