"""The default system: a matching head proposes boxes, S_comb draws candidates, a classifier decides. Ours.

What it keeps of the paper: a place is proposed where the target is now, candidates are drawn around the old and
the proposed place, and a classifier that learns online judges them. What differs: one pass of a deeper trunk over
one square serves all of it, the classifier's scores all over that square propose the place, and the boxes come
from a head that was trained beforehand to draw them tightly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from tracker_core.backbone_weights import BackboneWeights
from tracker_core.box import Box, BoxArray, BoxLike, iou_with_box
from tracker_core.call_monitor import CallMonitor
from tracker_core.candidate_drawing import drawing_centers, drawn_candidates
from tracker_core.candidate_ranking import best_places
from tracker_core.checkpoint import taken_over
from tracker_core.config import DLSTConfig, MatchingConfig
from tracker_core.cropping import as_rgb
from tracker_core.feature_map import read_between
from tracker_core.guides.answer import GuideAnswer
from tracker_core.guides.network import GuideNetwork
from tracker_core.input_checks import checked_box, like_the_first
from tracker_core.learner import checksum_of
from tracker_core.learning_steps import Before, Correction, undone_on_error, updated
from tracker_core.leave_out import Looked, Start, forget, removal_effect, removal_work
from tracker_core.sample_view import RemovalEffect, SampleMemoryView
from tracker_core.sampling import BoxSampler
from tracker_core.studio.guidance import Guidance
from tracker_core.studio.matching_head import SEARCH_FACTOR, SEARCH_SIZE
from tracker_core.studio.networks import StudioNetworks
from tracker_core.studio.proposals import ProposalMap, Proposals, joined
from tracker_core.studio.square_region import SquareRegion
from tracker_core.studio.target_model import Knowledge, Seen, TargetModel
from tracker_core.studio.trunk import MAP_STRIDE, REACH, RegionView
from tracker_core.tracker import (
    AnyFrame,
    CandidateOrigin,
    Candidates,
    Checkpoint,
    Diagnostics,
    DrawingCenter,
    Example,
    OnProgress,
    RatedProposals,
    ResponseMap,
    ShouldCancel,
    TrackerInputError,
    TrackResult,
    UpdateKind,
    UpdateReport,
)
from tracker_core.training import STEP_WORK

_SMALLEST_SIDE = 4.0  # pixels; a smaller manual box sets its own
_LARGEST = 1.2  # of the frame's sides
_LONGEST_GROWTH = 100  # lost frames that count: powers of thousands are no numbers


@dataclass(frozen=True, slots=True)
class _State:
    """Where the target is: its box, 1-based frame number, frames lost in a row, the latest learned and shown."""

    box: Box
    frame_number: int = 1
    lost: int = 0
    learned_number: int = 1
    shown_number: int = 1
    update_due: int = 0


@dataclass(frozen=True, slots=True)
class _Target:
    """One target from its first frame on; `call` is the latest that gave a frame, see `SampleMemoryView`."""

    model: TargetModel
    confirmed: Knowledge
    state: _State
    correction: Correction[_Target, Knowledge] | None = None
    call: int = 0


@dataclass(frozen=True, slots=True)
class _Look:
    """What one look at a frame found.

    Attributes:
        view: the search square.
        response_map: the classifier's scores all over it.
        localized: the place where they are highest; None where none is above 0.
        centers: what the candidates were drawn around (S_comb).
        candidates: drawn ones first, then the proposals.
        guided: what the guide says; None where there is none.
        proposals: boxes that could be the answer.
        scores: (n,) the classifier's, of the proposals.
        ratings: (n,) what the answer is chosen by.
        chosen: row of the answer among the proposals.
        score: of the answer; above 0 means found.
    """

    view: RegionView
    response_map: ResponseMap
    localized: Box | None
    centers: tuple[DrawingCenter, ...]
    candidates: Candidates
    guided: GuideAnswer | None
    proposals: Proposals
    scores: NDArray[np.float64]
    ratings: NDArray[np.float64]
    chosen: int
    score: float


class StudioTracker:
    """Implements `Tracker`.

    Args:
        config: one with a `MatchingConfig`.
        backbone: with EfficientNet-Lite0's layers and a matching head.
        device: where the networks run.
        seed: of all random draws.
        guide: proposes boxes, too; may be shared by trackers.

    Raises:
        WeightsError: the backbone has no matching head, or other layers.
    """

    def __init__(
        self,
        config: DLSTConfig,
        backbone: BackboneWeights,
        *,
        device: torch.device,
        seed: int,
        guide: GuideNetwork | None = None,
    ) -> None:
        self._config = config
        self._matching = config.matching or MatchingConfig()
        self._seed = seed
        self._networks = StudioNetworks.of(config, backbone, device)
        self._guide = guide
        has_threads = guide is not None and torch.get_num_threads() > 1
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="guide") if has_threads else None
        self._target: _Target | None = None
        self._before: Before[_Target, Knowledge] | None = None

    def initialize(
        self,
        frame: AnyFrame,
        box: BoxLike,
        *,
        examples: Sequence[Example] = (),
        should_cancel: ShouldCancel | None = None,
        on_progress: OnProgress | None = None,
    ) -> TrackResult:
        """Learn the target from a manual box; see `Tracker.initialize`."""
        self._before = None
        frame = as_rgb(frame)
        height, width = frame.shape[:2]
        box = checked_box(box, frame_width=width, frame_height=height)
        watch = CallMonitor(should_cancel, on_progress, expected_work=self._expected_work(len(examples)))
        trunk = self._networks.trunk.fitted(frame, box, factor=SEARCH_FACTOR, size=SEARCH_SIZE)
        sampler = BoxSampler.for_target(self._config.drawing, box, frame_width=width, frame_height=height)
        guidance = None if self._guide is None else Guidance(self._guide, self._matching)
        model = TargetModel(
            self._config,
            self._matching,
            trunk,
            self._networks.head,
            sampler,
            seed=self._seed,
            guidance=guidance,
        )
        report = model.learn_first_frame(frame, box, watch)
        if examples:
            self._learn_examples(model, examples, watch)
        self._target = _Target(model, model.knowledge(), _State(box))
        watch.finish()
        return TrackResult(box, float("inf"), is_found=True, update=report.kind)

    def track(
        self, frame: AnyFrame, *, with_diagnostics: bool = False, should_cancel: ShouldCancel | None = None
    ) -> TrackResult:
        """Find the target on the next frame and learn from it; see `Tracker.track`."""
        self._before = None
        target, frame = self._ready(frame)
        state, model = target.state, target.model
        watch = CallMonitor(should_cancel)
        number, call = state.frame_number + 1, target.call + 1
        with undone_on_error(model) as moment:
            look = self._look(frame, model, state, watch)
            box = self._smoothed(look, state.box, model)
            is_found = look.score > 0
            is_learned = is_found and self._is_learned(look, number, state)
            if is_learned:
                with watch.measure("collect"):
                    model.learn_frame(look.view, box, look.proposals.boxes_xywh, call=call)
            is_shown = is_found and self._is_shown(look, number, state)
            if is_shown:
                model.show(frame, box, watch, call=call)
            report, due = updated(
                model,
                self._update_kind(is_found, number),
                number=number,
                due=state.update_due,
                delay=self._config.speed.update_delay,
                watch=watch,
            )
        is_staying = look.score <= self._matching.stay_below
        new_state = _State(
            state.box if is_staying else box,
            number,
            0 if is_found else state.lost + 1,
            number if is_learned else state.learned_number,
            number if is_shown else state.shown_number,
            due,
        )
        self._target = replace(target, state=new_state, correction=None, call=call)
        self._before = Before(target, moment)
        diagnostics = _explained(state.box, look, box, report, watch) if with_diagnostics else None
        if diagnostics is not None and model.guidance is not None:
            diagnostics = replace(diagnostics, guide_trust=model.guidance.trust)
        return TrackResult(box, look.score, is_found, diagnostics, report.kind)

    def correct(
        self,
        frame: AnyFrame,
        box: BoxLike,
        *,
        should_cancel: ShouldCancel | None = None,
        on_progress: OnProgress | None = None,
    ) -> TrackResult:
        """Learn a manual box, forget what was learned since the last one; see `Tracker.correct`."""
        self._before = None
        target, frame = self._ready(frame)
        model = target.model
        box = checked_box(box, frame_width=frame.shape[1], frame_height=frame.shape[0])
        watch = CallMonitor(should_cancel, on_progress, expected_work=self._human_work())
        checksum, latest = checksum_of(frame), target.correction
        with undone_on_error(model) as moment:
            found = Before(replace(target, correction=None), moment)
            if latest is not None and latest.checksum == checksum:
                found = latest.before
                found.moment.bring_back(model)
            state = found.target.state
            wrong_places = self._wrong_places(frame, model, state, box, watch)
            model.restore(found.target.confirmed)
            report = model.learn_correction(frame, box, wrong_places, state.box, watch, call=target.call + 1)
        number = state.frame_number
        state = _State(box, number, learned_number=number, shown_number=number)
        self._target = _Target(model, model.knowledge(), state, Correction(checksum, found), target.call + 1)
        self._before = Before(target, moment)
        watch.finish()
        return TrackResult(box, float("inf"), is_found=True, update=report.kind)

    def take_back(self) -> None:
        """See `Revocable`."""
        before, self._before = self._before, None
        if before is None:
            raise ValueError("there is no frame to take back: the latest call was another one, or has failed")
        before.moment.bring_back(before.target.model)
        self._target = before.target

    def checkpoint(self) -> Checkpoint | None:
        """See `Resumable`."""
        learned = None if self._target is None else self._target.model.checkpoint()
        if self._target is None or learned is None:
            return None
        state = self._target.state
        numbers = (state.frame_number, state.lost, state.learned_number, state.shown_number, state.update_due)
        return {**learned, "box": state.box.xywh, "numbers": np.array([self._target.call, *numbers])}

    def resume(self, checkpoint: Checkpoint) -> None:
        """See `Resumable`."""
        self._before = None
        taken_over(self._take, checkpoint)

    def _take(self, checkpoint: Checkpoint) -> None:
        target = self._target
        if target is None:
            raise ValueError("initialize comes first")
        target.model.resume(checkpoint)
        call, *numbers = map(int, checkpoint["numbers"].tolist())
        state = _State(Box.from_xywh(checkpoint["box"].astype(np.float64)), *numbers)
        self._target = replace(target, state=state, correction=None, call=call)

    def memory(self) -> SampleMemoryView:
        """See `Inspectable`."""
        target = self._known_target()
        return replace(target.model.known.view(), latest_call=target.call, templates=target.model.templates())

    def without(
        self,
        samples: NDArray[np.int64],
        frame: AnyFrame,
        *,
        should_cancel: ShouldCancel | None = None,
        on_progress: OnProgress | None = None,
    ) -> RemovalEffect:
        """See `Inspectable`."""
        target, frame = self._ready(frame)
        model = target.model
        watch = CallMonitor(should_cancel, on_progress, expected_work=removal_work(self._config))
        is_tracked = self._before is not None and target.correction is None
        before = self._before if is_tracked else None
        state = target.state if before is None else before.target.state

        def look(watch: CallMonitor) -> Looked:
            look = self._look(frame, model, state, watch)
            boxes = look.candidates.boxes_xywh[look.candidates.is_exact]
            features = look.view.windows(boxes, reach=REACH)
            return Looked(boxes, features, self._smoothed(look, state.box, model), look.score)

        moment = None if before is None else before.moment
        effect = removal_effect(model, samples, _start(target), look, watch, before=moment)
        watch.finish()
        return effect

    def forget(
        self,
        samples: NDArray[np.int64],
        *,
        should_cancel: ShouldCancel | None = None,
        on_progress: OnProgress | None = None,
    ) -> None:
        """See `Inspectable`."""
        target = self._known_target()
        watch = CallMonitor(should_cancel, on_progress, expected_work=removal_work(self._config) / 2)
        forget(target.model, samples, _start(target), watch)
        self._before = None
        watch.finish()

    def _known_target(self) -> _Target:
        """Raises `TrackerInputError`."""
        if self._target is None:
            raise TrackerInputError("the tracker has no target yet: call initialize with a frame and a box first")
        return self._target

    def _ready(self, frame: AnyFrame) -> tuple[_Target, AnyFrame]:
        """The target, and the frame as RGB; raises `TrackerInputError`."""
        target = self._known_target()
        return target, like_the_first(frame, target.model.sampler)

    def _learn_examples(self, model: TargetModel, examples: Sequence[Example], watch: CallMonitor) -> None:
        for number, example in enumerate(examples, start=1):
            frame, box = like_the_first(example.read(), model.sampler), example.box
            box = checked_box(box, frame_width=frame.shape[1], frame_height=frame.shape[0])
            wrong_places = self._wrong_places(frame, model, _State(box), box, watch)
            model.remember_example(frame, box, wrong_places, watch, call=-number)
        model.learn_examples(watch)

    def _look(self, frame: AnyFrame, model: TargetModel, state: _State, watch: CallMonitor) -> _Look:
        """Match, localise, draw the candidates (S_comb), judge them, choose."""
        matching = self._matching
        growth = min(matching.search_limit, matching.search_growth ** min(state.lost, _LONGEST_GROWTH))
        asked = self._asked(frame, model, state, growth)
        view = model.look(frame, state.box, watch, growth=growth)
        with watch.measure("match"):
            own = ProposalMap.of(model.match(view), view.region, state.box, model.habit, matching)
        maps = [(CandidateOrigin.MATCHED, own)]
        answer = None
        if model.guidance is not None and asked is not None:
            with watch.measure("wait for guide"):
                answer = asked()
            maps.append((CandidateOrigin.GUIDED, model.guidance.proposed(answer, state.box)))
        parts = [(origin, found.best(matching.proposals)) for origin, found in maps]
        with watch.measure("localize"):
            scores, first = model.score_map(view)
            response_map = ResponseMap(scores, _extent(view.region, scores, first))
            localized = _localized(response_map, state.box)
            if localized is not None:
                parts += [(origin, found.at(*localized.center)) for origin, found in maps]
        proposals = joined([part for _, part in parts])
        origins = np.repeat(
            np.array([origin for origin, _ in parts], dtype=np.uint8), [len(part.priors) for _, part in parts]
        )
        with watch.measure("classify"):
            if model.guidance is not None and answer is not None:
                proposals = model.guidance.agreed(proposals.boxes_xywh, *(found for _, found in maps))
            guided = None if answer is None else answer.best_box
            centers = drawing_centers(self._config.candidates, state.box, localized, guided=guided)
            exponent = self._config.candidates.scale_exponent
            drawn = drawn_candidates(model.sampler, model.rng, centers, scale_exponent=exponent)
            candidates, judged = self._judged(model, view, drawn, (proposals.boxes_xywh, origins), response_map)
        ratings = proposals.priors + matching.score_weight * np.clip(
            judged, -matching.score_limit, matching.score_limit
        )
        chosen = int(ratings.argmax())
        score = self._result_score(float(proposals.confidences[chosen]), float(judged[chosen]))
        return _Look(
            view, response_map, localized, centers, candidates, answer, proposals, judged, ratings, chosen, score
        )

    def _asked(
        self, frame: AnyFrame, model: TargetModel, state: _State, growth: float
    ) -> Callable[[], GuideAnswer] | None:
        """The guide's answer, when it is called for; on a thread of its own where there may be one."""
        if model.guidance is None:
            return None
        look = partial(model.guidance.look, frame, state.box, growth)
        return look if self._pool is None else self._pool.submit(look).result

    def _judged(
        self,
        model: TargetModel,
        view: RegionView,
        drawn: tuple[BoxArray, NDArray[np.uint8]],
        proposed: tuple[BoxArray, NDArray[np.uint8]],
        response_map: ResponseMap,
    ) -> tuple[Candidates, NDArray[np.float64]]:
        """All candidates with their scores, and those of the proposals; the map's best get a look of their own.

        Both kinds come as boxes with origins.
        """
        config, (boxes_drawn, origins), (boxes_proposed, origins_proposed) = self._config, drawn, proposed
        read = read_between(response_map.values, _cells_of(response_map, boxes_drawn))
        looked_at = best_places(boxes_drawn, read, config.speed.second_look)
        exact = model.scores(view, np.concatenate([boxes_drawn[looked_at], boxes_proposed]))
        read[looked_at] = exact[: len(looked_at)]
        boxes = np.concatenate([boxes_drawn, boxes_proposed])
        scores = np.concatenate([read, exact[len(looked_at) :]]).astype(np.float32)
        is_exact = np.zeros(len(boxes), dtype=np.bool_)
        is_exact[looked_at] = is_exact[len(boxes_drawn) :] = True
        rows = np.flatnonzero(is_exact)
        best = rows[np.argsort(-scores[rows], kind="stable")][: config.candidates.top_k]
        all_origins = np.concatenate([origins, origins_proposed])
        judged = exact[len(looked_at) :].astype(np.float64)
        return Candidates(boxes, all_origins, scores, best, is_exact), judged

    def _result_score(self, confidence: float, score: float) -> float:
        """Above 0 where confidence and classifier together say that this is the target."""
        matching = self._matching

        def log_odds(share: float) -> float:
            return float(np.log(max(share, 1e-4) / max(1 - share, 1e-4)))

        limited = float(np.clip(score, -matching.score_limit, matching.score_limit))
        return log_odds(confidence) - log_odds(matching.found_confidence) + matching.found_score_weight * limited

    def _smoothed(self, look: _Look, previous: Box, model: TargetModel) -> Box:
        """The chosen proposal; its size counts as far as its confidence goes, and not at all where it is lost."""
        matching = self._matching
        box = Box.from_xywh(look.proposals.boxes_xywh[look.chosen])
        confidence = float(look.proposals.confidences[look.chosen])
        rate = matching.size_rate * min(1.0, confidence / matching.sure_confidence) if look.score > 0 else 0.0
        frame_size = (model.sampler.frame_width, model.sampler.frame_height)
        smallest = min(_SMALLEST_SIDE, model.sampler.min_side)
        width, height = (
            float(np.clip(old + rate * (new - old), smallest, max(smallest, _LARGEST * extent)))
            for old, new, extent in zip(
                (previous.width, previous.height), (box.width, box.height), frame_size, strict=True
            )
        )
        x, y = (float(np.clip(middle, 0, extent)) for middle, extent in zip(box.center, frame_size, strict=True))
        return Box(x - width / 2, y - height / 2, width, height)

    def _is_learned(self, look: _Look, number: int, state: _State) -> bool:
        if look.proposals.confidences[look.chosen] < self._matching.learned_confidence:
            return False
        is_due = number - state.learned_number >= self._config.speed.collection_interval
        return is_due or number <= self._config.speed.collection_start

    def _is_shown(self, look: _Look, number: int, state: _State) -> bool:
        """Whether a template is due and the answer sure: by confidence, and by the classifier too."""
        interval = self._matching.recent_interval
        is_due = interval > 0 and number - state.shown_number >= interval
        is_sure = look.proposals.confidences[look.chosen] >= self._matching.recent_confidence
        return is_due and bool(is_sure) and look.scores[look.chosen] > 0

    def _update_kind(self, is_found: bool, number: int) -> UpdateKind:
        if not is_found and number % self._config.speed.lost_update_interval == 0:
            return UpdateKind.SHORT_TERM
        return UpdateKind.LONG_TERM if number % self._config.schedule.update_interval == 0 else UpdateKind.NONE

    def _wrong_places(
        self, frame: AnyFrame, model: TargetModel, state: _State, box: Box, watch: CallMonitor
    ) -> Seen:
        """The most target-like candidates that are not on the target: what the tracker would confuse it with."""
        look = self._look(frame, model, state, watch)
        ranked = look.candidates.boxes_xywh[look.candidates.ranked()]
        is_wrong = iou_with_box(ranked, box) < self._config.samples.online.negative_iou
        return Seen(look.view, ranked[is_wrong][: self._config.correction.wrong_places])

    def _expected_work(self, examples: int) -> float:
        """Of learning a first frame, in looks and gradient steps."""
        steps = self._config.training.iterations_first * (2 if examples else 1)
        return 11.0 + STEP_WORK * steps + 5.0 * examples

    def _human_work(self) -> float:
        return 5.0 + STEP_WORK * self._config.correction.iterations


def _start(target: _Target) -> Start:
    return Start(target.confirmed.heads, target.confirmed.updates)


def _extent(region: SquareRegion, scores: NDArray[np.float32], first: float) -> Box:
    """The image rectangle that a score map covers, its cells' edges."""
    low = first - MAP_STRIDE / 2
    span = MAP_STRIDE * scores.shape[0]
    return Box.from_xywh(region.to_image(np.array([[low, low, span, span]], dtype=np.float64))[0])


def _cells_of(response_map: ResponseMap, boxes_xywh: BoxArray) -> NDArray[np.float64]:
    """(n, 2) column and row of each box's centre in a score map; fractions between."""
    extent, (rows, columns) = response_map.extent, response_map.values.shape
    centers = boxes_xywh[:, 0:2] + boxes_xywh[:, 2:4] / 2 - (extent.x, extent.y)
    return np.asarray(centers * (columns / extent.width, rows / extent.height) - 0.5)


def _localized(response_map: ResponseMap, previous: Box) -> Box | None:
    """The previous box where the score map is highest; None where nothing looks like the target."""
    if response_map.values.max() <= 0:
        return None
    x, y = response_map.peak
    return previous.shifted(x - previous.center[0], y - previous.center[1])


def _explained(previous: Box, look: _Look, box: Box, report: UpdateReport, watch: CallMonitor) -> Diagnostics:
    surest = int(look.proposals.confidences.argmax())
    return Diagnostics(
        previous_box=previous,
        search_region=look.view.region.area,
        response_map=look.response_map,
        localized_box=look.localized,
        candidates=look.candidates,
        chosen_box=box,
        regressed_box=None,
        update=report,
        stage_ms=watch.stage_ms(),
        matched_box=Box.from_xywh(look.proposals.boxes_xywh[surest]),
        matched_confidence=float(look.proposals.confidences[surest]),
        guided_box=None if look.guided is None else look.guided.best_box,
        guided_confidence=0.0 if look.guided is None else look.guided.best_confidence,
        proposals=RatedProposals(
            len(look.candidates.scores) - len(look.ratings) + np.arange(len(look.ratings)),
            look.proposals.confidences.astype(np.float32),
            look.ratings.astype(np.float32),
        ),
        centers=look.centers,
    )
