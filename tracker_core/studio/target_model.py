"""What is known of one target: templates, a person's habit of drawing it, the classifier and its memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from tracker_core.box import Box, BoxArray, iou_with_box
from tracker_core.call_monitor import CallMonitor
from tracker_core.checkpoint import (
    continue_streams,
    memory_arrays,
    memory_of,
    stream_arrays,
    tensor_arrays,
    tensors_of,
)
from tracker_core.config import DLSTConfig, MatchingConfig
from tracker_core.feature_map import WINDOW_CELLS
from tracker_core.features import feature_dtype
from tracker_core.heads import BackgroundTraining, Heads
from tracker_core.learner import checksum_of
from tracker_core.networks import Head
from tracker_core.online_model import OnlineModel
from tracker_core.row_store import RowStore
from tracker_core.sample_memory import FrameSamples, Provenance, SampleMemory, TrainingSet
from tracker_core.sample_view import SampleSource, TemplateView
from tracker_core.sampling import BoxSampler
from tracker_core.studio.guidance import Guidance, GuideKnowledge
from tracker_core.studio.habit import habit_of, residual
from tracker_core.studio.matching_head import (
    SEARCH_FACTOR,
    SEARCH_SIZE,
    TEMPLATE_FACTOR,
    TEMPLATE_SIZE,
    MatchingHead,
    MatchingTemplate,
    MatchMap,
)
from tracker_core.studio.trunk import MAP_STRIDE, REACH, RegionView, Trunk
from tracker_core.tracker import AnyFrame, Checkpoint, TrackerInputError, UpdateKind, UpdateReport
from tracker_core.training import target_scores

_PAGE_ROWS = 10
_NO_CONFIDENCE = 1e-12

_FIRST_VIEWS = (
    (1.0, 0.0, 0.0),
    (0.85, 0.25, -0.2),
    (1.2, -0.2, 0.25),
    (1.1, 0.5, 0.3),
    (0.95, -0.4, -0.3),
    (1.0, 0.0, 0.5),
)
"""How a manual box is looked at: scale of the square, and how far off its middle, in mean sides."""

_CORRECTION_VIEWS = _FIRST_VIEWS[:3]


@dataclass(frozen=True, slots=True)
class Seen:
    """Boxes and the view they lie in.

    Attributes:
        view: the square.
        boxes_xywh: (n, 4) image pixels.
    """

    view: RegionView
    boxes_xywh: BoxArray


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a manual box shows beside samples.

    Attributes:
        template: the object as it is there.
        residuals: what the matching head's boxes lack to the human one, (4,) per look that found it.
        call: of the tracker, which gave the frame.
        box: of the object there.
        source: why it was learned.
        example_of: checksum of the frame it is an example of; None for the first box and corrections.
    """

    template: MatchingTemplate
    residuals: tuple[NDArray[np.float64], ...]
    call: int
    box: Box
    source: SampleSource
    example_of: int | None = None


@dataclass(frozen=True, slots=True)
class _OwnTemplate:
    """A template of a box of the tracker's own, and which call gave its frame."""

    template: MatchingTemplate
    call: int
    box: Box


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A snapshot of all that was learned; `TargetModel.restore` goes back to it."""

    memory: SampleMemory
    heads: tuple[torch.Tensor, ...]
    shown: tuple[_Shown, ...]
    recent: _OwnTemplate | None
    sampler: BoxSampler
    pending: BackgroundTraining | None
    guidance: GuideKnowledge | None
    updates: int


class TargetModel(OnlineModel):
    """Everything about one target that changes by learning.

    Attributes:
        guidance: of the guide, where there is one.
    """

    def __init__(
        self,
        config: DLSTConfig,
        matching: MatchingConfig,
        trunk: Trunk,
        head: MatchingHead,
        sampler: BoxSampler,
        *,
        seed: int,
        guidance: Guidance | None = None,
    ) -> None:
        super().__init__(config, sampler, _fresh_heads(config, matching, trunk), device=trunk.device, seed=seed)
        self.guidance = guidance
        self._matching, self._trunk, self._head = matching, trunk, head
        self._features = _feature_store(config, matching, trunk)
        self._shown: tuple[_Shown, ...] = ()  # first the first frame's
        self._recent: _OwnTemplate | None = None

    @property
    def habit(self) -> NDArray[np.float64]:
        """(4,) what a person's boxes have that the matching head's lack."""
        return habit_of([residual for shown in self._shown for residual in shown.residuals])

    def knowledge(self) -> Knowledge:
        """A copy of everything learned so far."""
        heads = self._heads.copied()
        guidance = None if self.guidance is None else self.guidance.knowledge()
        return Knowledge(
            self._memory,
            heads,
            self._shown,
            self._recent,
            self.sampler,
            self._pending,
            guidance,
            self._updates,
        )

    def restore(self, knowledge: Knowledge) -> None:
        """Forget everything learned since."""
        self._memory, self.sampler = knowledge.memory, knowledge.sampler
        self._shown, self._recent = knowledge.shown, knowledge.recent
        self._heads.take(knowledge.heads)
        self._pending, self._updates = knowledge.pending, knowledge.updates
        if self.guidance is not None and knowledge.guidance is not None:
            self.guidance.restore(knowledge.guidance)

    def checkpoint(self) -> Checkpoint | None:
        """What was learned since the first frame; None while an update trains in the background."""
        if self._pending is not None:
            return None
        recent = self._recent
        template = [] if recent is None else [recent.template.keys, recent.template.gate]
        place = np.empty(0) if recent is None else np.array([recent.call, *recent.box.xywh])
        return {
            **memory_arrays(self._memory),
            **tensor_arrays("heads", self._heads.copied()),
            **tensor_arrays("recent", template),
            **stream_arrays(self.rng, self.dropout_generator),
            "recent_place": place,
            "updates": np.array(self._updates),
        }

    def resume(self, checkpoint: Checkpoint) -> None:
        """Learn on from a checkpoint; errors of what does not fit are those of `taken_over`."""
        self._memory = memory_of(checkpoint, self._memory.kept, self._features.put)
        self._heads.take(tensors_of(checkpoint, "heads", self._heads.parameters()))
        self._updates = int(checkpoint["updates"].astype(np.int64))
        self._recent = None
        place = checkpoint["recent_place"].astype(np.float64)
        if len(place) > 0:
            first = self._shown[0].template
            template = MatchingTemplate(*tensors_of(checkpoint, "recent", [first.keys, first.gate]))
            self._recent = _OwnTemplate(template, int(place[0]), Box.from_xywh(place[1:]))
        continue_streams(checkpoint, self.rng, self.dropout_generator)

    def look(self, frame: AnyFrame, box: Box, watch: CallMonitor, *, growth: float = 1.0) -> RegionView:
        """At the search square around a box, made wider by a factor."""
        return self._trunk.look(frame, box, factor=SEARCH_FACTOR * growth, size=SEARCH_SIZE, watch=watch)

    def match(self, view: RegionView) -> MatchMap:
        """What the matching head finds in a view.

        Of the templates of manual boxes, each cell's most confident answer; where there is a recent template too,
        the box between theirs and its own: boxes of its own drift, so it has to be much surer to count.
        """
        templates = [shown.template for shown in self._used()]
        if self._recent is not None:
            templates.append(self._recent.template)
        maps = self._head.match(templates, view.fine, view.coarse)
        recent = maps.pop() if self._recent is not None else None
        confidences = np.stack([found.confidences for found in maps])
        best, cells = confidences.argmax(axis=0), np.arange(confidences.shape[1])
        found = MatchMap(confidences[best, cells], np.stack([found.boxes_xywh for found in maps])[best, cells])
        return found if recent is None else self._fused(found, recent)

    def _used(self) -> tuple[_Shown, ...]:
        """Whose templates are matched: the first, and the latest others."""
        latest = self._shown[1:][-(self._matching.templates - 1) :] if self._matching.templates > 1 else ()
        return (self._shown[0], *latest)

    def templates(self) -> tuple[TemplateView, ...]:
        """All templates, manual boxes' first."""
        used = {id(shown) for shown in self._used()}
        own = () if self._recent is None else (self._recent,)
        return (
            *(TemplateView(each.call, each.box, each.source, id(each) in used) for each in self._shown),
            *(TemplateView(each.call, each.box, SampleSource.TRACKED, is_used=True) for each in own),
        )

    def _fused(self, found: MatchMap, recent: MatchMap) -> MatchMap:
        """Cell by cell: the larger confidence, and a box whose edges lie between."""
        confidences = np.array([found.confidences, recent.confidences / self._matching.recent_advantage])
        weights = confidences**self._matching.recent_sharpness + _NO_CONFIDENCE
        share = (weights[0] / weights.sum(axis=0))[:, None]
        boxes = share * found.boxes_xywh + (1 - share) * recent.boxes_xywh  # so do edges: they are sums of these
        return MatchMap(np.maximum(found.confidences, recent.confidences), boxes)

    @torch.no_grad()
    def scores(self, view: RegionView, boxes_xywh: BoxArray) -> NDArray[np.float32]:
        """(n, 4) boxes -> (n,) the online classifier's scores, above 0 on the target."""
        windows = view.windows(boxes_xywh, reach=REACH)
        return np.asarray(
            target_scores(self._heads.classifier(windows), self._config.classifier.decision).cpu().numpy()
        )

    @torch.no_grad()
    def score_map(self, view: RegionView) -> tuple[NDArray[np.float32], float]:
        """Scores of boxes of one size all over a view, (rows, columns); the first one's centre, network pixels."""
        cells, first = view.cells()
        scores = target_scores(
            self._heads.classifier.over_map(cells, MAP_STRIDE), self._config.classifier.decision
        )
        half = (cells.shape[1] - scores.shape[1]) / 2
        return np.asarray(scores[0].cpu().numpy()), first + half * MAP_STRIDE

    def learn_first_frame(self, frame: AnyFrame, box: Box, watch: CallMonitor) -> UpdateReport:
        """Everything from one manual box. Raises `TrackerInputError` where the frame leaves no background."""
        first = self._config.samples.first
        if self.guidance is not None:
            with watch.measure("guide"):
                self.guidance.begin(frame, box)
        views = self._views(frame, box, _FIRST_VIEWS, watch)
        provenance = self._provenance(0, SampleSource.FIRST_FRAME)
        self._shown = (self._seen_in(frame, box, views, provenance, watch),)
        views += [self._far_view(frame, box, watch) for _ in range(self._matching.far_looks)]
        on_target = [
            Seen(view, self._places.positives(box, first.positive_draws, first.positives // len(_FIRST_VIEWS)))
            for view in views[: len(_FIRST_VIEWS)]
        ]
        share = first.negatives // len(views)
        background = [Seen(view, self._negatives(view, box, below=first.negative_iou, n=share)) for view in views]
        if sum(len(seen.boxes_xywh) for seen in background) == 0:
            raise TrackerInputError(
                f"the box {box.width:g} x {box.height:g} leaves no background to learn from in a frame of "
                f"{self.sampler.frame_width} x {self.sampler.frame_height}: draw a smaller box"
            )
        samples = self._stored(on_target, background, provenance)
        self._memory = self._memory.with_correction(samples)
        assert samples.negatives is not None
        training_set = TrainingSet(samples.positives, samples.negatives, None)
        return self._train(training_set, UpdateKind.FIRST_FRAME, self._config.training.iterations_first, watch)

    def learn_frame(self, view: RegionView, box: Box, others: BoxArray, *, call: int) -> None:
        """Remember samples around a found box, and other boxes of the view as what it is not.

        Args:
            view: of the frame.
            box: of the target there.
            others: (n, 4) boxes in the view.
            call: of the tracker, which gave the frame.
        """
        online = self._config.samples.online
        positives = self._places.positives(box, online.positive_draws, online.positives)
        provenance = self._provenance(call, SampleSource.TRACKED)
        samples = self._samples(view, box, positives, Seen(view, others), provenance)
        self._memory = self._memory.with_frame(samples, self._config.schedule)

    def show(self, frame: AnyFrame, box: Box, watch: CallMonitor, *, call: int) -> None:
        """Take a template of a box the tracker is sure of; it takes the place of the last such one."""
        self._recent = _OwnTemplate(self._template_of(frame, box, watch), call, box)

    def learn_correction(
        self, frame: AnyFrame, box: Box, wrong_places: Seen, around: Box, watch: CallMonitor, *, call: int
    ) -> UpdateReport:
        """A manual box for good: templates, its habit, samples around it, wrong places as negatives; trains.

        Args:
            frame: that it lies on.
            box: of the target there.
            wrong_places: what the target was confused with.
            around: where the target was looked for.
            watch: asked in between.
            call: of the tracker, which gave the frame.
        """
        self._pending = None  # it learned what is now known to be wrong
        self._renew_guide(frame, box, around, watch)
        checksum = checksum_of(frame)
        self._memory = self._memory.without_example(checksum)
        self._shown = tuple(shown for shown in self._shown if shown.example_of != checksum)
        self.sampler = self.sampler.fitted(box)
        provenance = self._provenance(call, SampleSource.CORRECTION)
        samples = self._human_samples(frame, box, wrong_places, provenance, watch)
        self._memory = self._memory.with_correction(samples)
        kind = UpdateKind.CORRECTION
        return self._train(self._window(kind), kind, self._config.correction.iterations, watch)

    def remember_example(
        self, frame: AnyFrame, box: Box, wrong_places: Seen, watch: CallMonitor, *, call: int
    ) -> None:
        """A manual box of another frame for good, as in a correction; `learn_examples` trains."""
        self._renew_guide(frame, box, None, watch)
        own, self.sampler = self.sampler, self.sampler.fitted(box)
        checksum = checksum_of(frame)
        provenance = self._provenance(call, SampleSource.EXAMPLE)
        samples = self._human_samples(frame, box, wrong_places, provenance, watch, example_of=checksum)
        self._memory = self._memory.with_correction(replace(samples, example_of=checksum))
        self.sampler = own

    def learn_examples(self, watch: CallMonitor) -> UpdateReport:
        """Train on the first frame and all examples together."""
        kind = UpdateKind.CORRECTION
        return self._train(self._window(kind), kind, self._config.training.iterations_first, watch)

    def _renew_guide(self, frame: AnyFrame, box: Box, around: Box | None, watch: CallMonitor) -> None:
        if self.guidance is not None:
            with watch.measure("guide"):
                self.guidance.renew(frame, box, around)

    def _human_samples(
        self,
        frame: AnyFrame,
        box: Box,
        wrong_places: Seen,
        provenance: Provenance,
        watch: CallMonitor,
        *,
        example_of: int | None = None,
    ) -> FrameSamples:
        correction = self._config.correction
        views = self._views(frame, box, _CORRECTION_VIEWS, watch)
        shown = self._seen_in(frame, box, views, provenance, watch, example_of=example_of)
        self._shown = (*self._shown, shown)
        positives = self._places.positives(box, correction.positive_draws, correction.positives)
        return self._samples(views[0], box, positives, wrong_places, provenance)

    def _samples(
        self, view: RegionView, box: Box, positives: BoxArray, others: Seen, provenance: Provenance
    ) -> FrameSamples:
        online = self._config.samples.online
        below = online.negative_iou
        negatives = self._negatives(view, box, below=below, n=online.negatives)
        wrong = others.boxes_xywh[iou_with_box(others.boxes_xywh, box) < below]
        off_target = [Seen(view, negatives), Seen(others.view, wrong)]
        return self._stored([Seen(view, positives)], off_target, provenance)

    def _stored(self, positives: list[Seen], negatives: list[Seen], provenance: Provenance) -> FrameSamples:
        """Of boxes in views, with their features."""
        rows = [
            self._features.put(torch.cat([seen.view.windows(seen.boxes_xywh, reach=REACH) for seen in part]))
            for part in (positives, negatives)
        ]
        boxes = [
            np.concatenate([seen.boxes_xywh for seen in part]).astype(np.float32)
            for part in (positives, negatives)
        ]
        return FrameSamples(rows[0], rows[1], None, provenance, boxes[0], boxes[1])

    def _negatives(self, view: RegionView, box: Box, *, below: float, n: int) -> BoxArray:
        """Boxes off the target inside a view."""
        online, region = self._config.samples.online, view.region
        drawn = self.sampler.uniform(
            self.rng,
            box.shifted(region.center_x - box.center[0], region.center_y - box.center[1]),
            2 * n,
            translation=online.negative_translation,
            scale_exponent=online.negative_scale_exponent,
        )
        return np.asarray(drawn[iou_with_box(drawn, box) < below][:n])

    def _seen_in(
        self,
        frame: AnyFrame,
        box: Box,
        views: Sequence[RegionView],
        provenance: Provenance,
        watch: CallMonitor,
        *,
        example_of: int | None = None,
    ) -> _Shown:
        """The template of a manual box, and what the matching head's boxes lack to it in some views."""
        template = self._template_of(frame, box, watch)
        found = [
            residual(self._head.match([template], view.fine, view.coarse)[0], view.region, box) for view in views
        ]
        residuals = tuple(lack for lack in found if lack is not None)
        return _Shown(template, residuals, provenance.call, box, provenance.source, example_of)

    def _template_of(self, frame: AnyFrame, box: Box, watch: CallMonitor) -> MatchingTemplate:
        view = self._trunk.look(frame, box, factor=TEMPLATE_FACTOR, size=TEMPLATE_SIZE, watch=watch)
        return self._head.template(view.fine, view.coarse)

    def _views(
        self, frame: AnyFrame, box: Box, places: Sequence[tuple[float, float, float]], watch: CallMonitor
    ) -> list[RegionView]:
        side = float(np.sqrt(box.area))
        return [self.look(frame, box.shifted(x * side, y * side), watch, growth=scale) for scale, x, y in places]

    def _far_view(self, frame: AnyFrame, box: Box, watch: CallMonitor) -> RegionView:
        """A look at a random place of the frame."""
        x, y = self.rng.uniform(0, self.sampler.frame_width), self.rng.uniform(0, self.sampler.frame_height)
        return self.look(frame, box.shifted(x - box.center[0], y - box.center[1]), watch)


def _fresh_heads(config: DLSTConfig, matching: MatchingConfig, trunk: Trunk) -> Heads:
    """An untrained classifier; drawn on the CPU, so that every device starts alike."""
    classifier = Head((trunk.channels, *matching.hidden), reads="pooled windows").to(trunk.device)
    generator = torch.Generator().manual_seed(config.training.head_seed)
    classifier.reset(generator, sigma=config.training.weight_sigma, hidden_bias=config.classifier.hidden_bias)
    return Heads(classifier, None)


def _in_pages(rows: int) -> int:
    return -(-rows // _PAGE_ROWS) * _PAGE_ROWS


def _feature_store(config: DLSTConfig, matching: MatchingConfig, trunk: Trunk) -> RowStore:
    """Room for both windows, the first frame, and one frame more while it is learned."""
    first, online, schedule = config.samples.first, config.samples.online, config.schedule
    rows = _in_pages(first.positives) + _in_pages(first.negatives)
    rows += (schedule.long_term_frames + 1) * _in_pages(online.positives)
    others = matching.proposals + 1  # proposals off the target, and the localised one
    rows += (schedule.short_term_frames + 2) * _in_pages(online.negatives + others)
    return RowStore(
        (WINDOW_CELLS**2, trunk.channels),
        dtype=feature_dtype(config, trunk.device),
        device=trunk.device,
        page_rows=_PAGE_ROWS,
        pages=rows // _PAGE_ROWS,
    )
