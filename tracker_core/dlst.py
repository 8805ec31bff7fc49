"""Deep Location-Specific Tracking: localise, sample, classify, refine, learn. Source: paper 3."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from tracker_core.backbone_weights import BackboneWeights
from tracker_core.box import Box, BoxArray, BoxLike, iou_with_box
from tracker_core.call_monitor import CallMonitor
from tracker_core.candidate_drawing import drawing_centers, drawn_candidates
from tracker_core.candidate_ranking import best_places, scores_by_map
from tracker_core.checkpoint import taken_over
from tracker_core.config import DLSTConfig
from tracker_core.cropping import as_rgb
from tracker_core.features import FeatureExtractor
from tracker_core.input_checks import checked_box, like_the_first
from tracker_core.learner import (
    Knowledge,
    Learner,
    checksum_of,
    correction_work,
    examples_work,
    first_frame_work,
)
from tracker_core.learning_steps import Before, Correction, undone_on_error, updated
from tracker_core.leave_out import Looked, Start, forget, removal_effect, removal_work
from tracker_core.localizer import Localization
from tracker_core.sample_view import RemovalEffect, SampleMemoryView
from tracker_core.sampling import BoxSampler, round_half_away
from tracker_core.tracker import (
    AnyFrame,
    Candidates,
    Checkpoint,
    Diagnostics,
    DrawingCenter,
    Example,
    OnProgress,
    ShouldCancel,
    TrackerInputError,
    TrackResult,
    UpdateKind,
    UpdateReport,
)


@dataclass(frozen=True, slots=True)
class _State:
    """Where the target is and how wide to look for it.

    Attributes:
        box: chosen, with a part of the regressed size; search region and candidates are centred on it.
        frame_number: 1 on the first frame.
        learned_number: of the latest frame that gave training samples.
        translation: spread of the candidates around `box`; grows while the target is lost.
        last_seen: the latest such box whose score said that the target was there.
        update_due: frame that an update in the background has to be finished on.
    """

    box: Box
    frame_number: int
    learned_number: int
    translation: float
    last_seen: Box
    update_due: int = 0


@dataclass(frozen=True, slots=True)
class _Target:
    """One target from its first frame on.

    Attributes:
        manual_box: the latest one; "initial size" in the paper's details.
        learner: what is known of it; learns in place.
        confirmed: what was known at the last manual box.
        state: where it is.
        correction: the latest one, until the next frame is tracked.
        call: the latest that gave a frame; see `SampleMemoryView`.
    """

    manual_box: Box
    learner: Learner
    confirmed: Knowledge
    state: _State
    correction: Correction[_Target, Knowledge] | None = None
    call: int = 0


@dataclass(frozen=True, slots=True)
class _Look:
    """What one search of a frame found."""

    localization: Localization | None
    centers: tuple[DrawingCenter, ...]
    candidates: Candidates
    best_features: torch.Tensor
    chosen: Box
    score: float


class DLSTTracker:
    """The tracker of the paper and, by its config, the variants of the paper's Table 1. Implements `Tracker`."""

    def __init__(self, config: DLSTConfig, backbone: BackboneWeights, *, device: torch.device, seed: int) -> None:
        self._config = config
        self._device = device
        self._seed = seed
        self._extractor = FeatureExtractor(config, backbone, device)
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
        work = first_frame_work(self._config) + examples_work(self._config, len(examples))
        watch = CallMonitor(should_cancel, on_progress, expected_work=work)
        extractor = self._extractor.fitted(frame, box)
        sampler = BoxSampler.for_target(self._config.drawing, box, frame_width=width, frame_height=height)
        learner = Learner(self._config, extractor, sampler, device=self._device, seed=self._seed)
        report = learner.learn_first_frame(frame, box, watch)
        state = _State(box, 1, 1, self._config.candidates.translation_factor, last_seen=box)
        target = _Target(box, learner, learner.knowledge(), state)
        if examples:
            self._learn_examples(target, examples, watch)
        self._target = replace(target, confirmed=learner.knowledge())
        watch.finish()
        return TrackResult(box, float("inf"), is_found=True, update=report.kind)

    def track(
        self, frame: AnyFrame, *, with_diagnostics: bool = False, should_cancel: ShouldCancel | None = None
    ) -> TrackResult:
        """Find the target on the next frame and learn from it; see `Tracker.track`."""
        self._before = None
        target, frame = self._ready(frame)
        state, learner = target.state, target.learner
        watch = CallMonitor(should_cancel)
        number = state.frame_number + 1
        with undone_on_error(learner) as moment:
            look = self._look(frame, target, watch)
            regressed_best = self._regressed(look, learner, watch)
            regressed = None if regressed_best is None else Box.from_xywh(regressed_best.mean(axis=0))
            box = self._reported(regressed) if regressed is not None else look.chosen
            is_learned = self._is_learned(look.score, number, state)
            if is_learned:
                center = box if self._config.samples.center == "regressed" else look.chosen
                with watch.measure("collect"):
                    learner.learn_frame(frame, center, watch, call=target.call + 1)
            report, due = updated(
                learner,
                self._update_kind(look.score, number),
                number=number,
                due=state.update_due,
                delay=self._config.speed.update_delay,
                watch=watch,
            )
        learned_number = number if is_learned else state.learned_number
        next_box = look.chosen if regressed is None else self._resized(look.chosen, regressed)
        new_state = _State(
            next_box,
            number,
            learned_number,
            self._next_translation(look.score, state),
            last_seen=next_box if self._is_seen(look.score) else state.last_seen,
            update_due=due,
        )
        self._target = replace(target, state=new_state, correction=None, call=target.call + 1)
        self._before = Before(target, moment)
        diagnostics = _explain(state.box, look, regressed_best, report, watch) if with_diagnostics else None
        return TrackResult(box, look.score, look.score > 0, diagnostics, report.kind)

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
        learner = target.learner
        box = checked_box(box, frame_width=frame.shape[1], frame_height=frame.shape[0])
        watch = CallMonitor(should_cancel, on_progress, expected_work=correction_work(self._config))
        checksum, latest = checksum_of(frame), target.correction
        with undone_on_error(learner) as moment:
            found = Before(replace(target, correction=None), moment)
            if latest is not None and latest.checksum == checksum:
                found = latest.before
                found.moment.bring_back(learner)
            wrong_places = self._wrong_places(frame, found.target, box, watch)
            learner.restore(found.target.confirmed)
            report = learner.learn_correction(frame, box, wrong_places, watch, call=target.call + 1)
        state = replace(
            found.target.state,
            box=box,
            learned_number=found.target.state.frame_number,
            translation=self._config.candidates.translation_factor,
            last_seen=box,
        )
        self._target = _Target(
            box, learner, learner.knowledge(), state, Correction(checksum, found), target.call + 1
        )
        self._before = Before(target, moment)
        watch.finish()
        return TrackResult(box, float("inf"), is_found=True, update=report.kind)

    def take_back(self) -> None:
        """See `Revocable`."""
        before, self._before = self._before, None
        if before is None:
            raise ValueError("there is no frame to take back: the latest call was another one, or has failed")
        before.moment.bring_back(before.target.learner)
        self._target = before.target

    def checkpoint(self) -> Checkpoint | None:
        """See `Resumable`."""
        learned = None if self._target is None else self._target.learner.checkpoint()
        if self._target is None or learned is None:
            return None
        state = self._target.state
        return {
            **learned,
            "boxes": np.array([state.box.xywh, state.last_seen.xywh]),
            "numbers": np.array([state.frame_number, state.learned_number, state.update_due, self._target.call]),
            "translation": np.array(state.translation),
        }

    def resume(self, checkpoint: Checkpoint) -> None:
        """See `Resumable`."""
        self._before = None
        taken_over(self._take, checkpoint)

    def _take(self, checkpoint: Checkpoint) -> None:
        target = self._target
        if target is None:
            raise ValueError("initialize comes first")
        target.learner.resume(checkpoint)
        box, last_seen = map(Box.from_xywh, checkpoint["boxes"].astype(np.float64))
        frame_number, learned_number, update_due, call = map(int, checkpoint["numbers"].tolist())
        translation = float(checkpoint["translation"].astype(np.float64))
        state = _State(box, frame_number, learned_number, translation, last_seen, update_due)
        self._target = replace(target, state=state, correction=None, call=call)

    def memory(self) -> SampleMemoryView:
        """See `Inspectable`."""
        target = self._known_target()
        return replace(target.learner.known.view(), latest_call=target.call)

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
        watch = CallMonitor(should_cancel, on_progress, expected_work=removal_work(self._config))
        is_tracked = self._before is not None and target.correction is None
        before = self._before if is_tracked else None
        looked_from = target if before is None else before.target

        def look(watch: CallMonitor) -> Looked:
            look = self._look(frame, looked_from, watch)
            boxes = look.candidates.boxes_xywh[look.candidates.is_exact]
            features = looked_from.learner.features_of(frame, boxes, watch)
            best = self._regressed(look, looked_from.learner, watch)
            box = look.chosen if best is None else self._reported(Box.from_xywh(best.mean(axis=0)))
            return Looked(boxes, features, box, look.score)

        moment = None if before is None else before.moment
        effect = removal_effect(target.learner, samples, _start(target), look, watch, before=moment)
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
        forget(target.learner, samples, _start(target), watch)
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
        return target, like_the_first(frame, target.learner.sampler)

    def _learn_examples(self, target: _Target, examples: Sequence[Example], watch: CallMonitor) -> None:
        """What the tracker would confuse the target with is looked for around each manual box."""
        for number, example in enumerate(examples, start=1):
            frame, box = like_the_first(example.read(), target.learner.sampler), example.box
            box = checked_box(box, frame_width=frame.shape[1], frame_height=frame.shape[0])
            there = replace(target, manual_box=box, state=replace(target.state, box=box))
            wrong_places = self._wrong_places(frame, there, box, watch)
            target.learner.remember_example(frame, box, wrong_places, watch, call=-number)
        target.learner.learn_examples(watch)

    def _look(self, frame: AnyFrame, target: _Target, watch: CallMonitor) -> _Look:
        """Localise, draw the candidates (S_comb), judge them, average the best."""
        learner, last_box = target.learner, target.state.box
        localization = None
        if learner.localizer is not None:
            watch.advance()
            with watch.measure("localize"):
                localization = learner.localizer.localize(frame, last_box)
        centers = self._centers(target, localization.box if localization is not None else None)
        exponent = self._config.candidates.scale_exponent
        boxes, origins = drawn_candidates(learner.sampler, learner.rng, centers, scale_exponent=exponent)
        scores, looked_at = np.empty(len(boxes), dtype=np.float32), np.arange(len(boxes))
        speed = self._config.speed
        if speed.candidate_look == "map":
            scores = scores_by_map(
                frame, last_box, boxes, origins, patches=self._config.patches, learner=learner, watch=watch
            )
            looked_at = best_places(boxes, scores, speed.second_look)
        features = learner.features_of(frame, boxes[looked_at], watch)
        with watch.measure("classify"):
            exact = learner.scores(features)
            best = exact.topk(self._config.candidates.top_k)
        scores[looked_at] = exact.cpu().numpy()
        is_exact = np.zeros(len(boxes), dtype=np.bool_)
        is_exact[looked_at] = True
        rows = looked_at[best.indices.cpu().numpy()]
        candidates = Candidates(boxes, origins, scores, rows, is_exact)
        chosen = self._reported(Box.from_xywh(boxes[rows].mean(axis=0)))
        return _Look(localization, centers, candidates, features[best.indices], chosen, float(best.values.mean()))

    def _centers(self, target: _Target, localized_box: Box | None) -> tuple[DrawingCenter, ...]:
        """S_comb: half of the draws around the last place, half around the proposed one, if there is one.

        While the target is not seen, half of those around the last place are made where it was seen last.
        """
        config, state = self._config.candidates, target.state

        def sized(box: Box) -> Box:
            is_initial = config.scale_base == "initial"
            return box.resized(target.manual_box.width, target.manual_box.height) if is_initial else box

        return drawing_centers(
            config,
            sized(state.box),
            None if localized_box is None else sized(localized_box),
            last_seen=None if state.last_seen == state.box else sized(state.last_seen),
            translation=state.translation,
        )

    @staticmethod
    def _regressed(look: _Look, learner: Learner, watch: CallMonitor) -> BoxArray | None:
        """The best candidates after box regression, (k, 4); None on a lost frame."""
        if learner.regressor is None or look.score <= 0:
            return None
        with watch.measure("regress"):
            best = look.candidates.boxes_xywh[look.candidates.best]
            return learner.regressor.refine(best, look.best_features)

    def _reported(self, box: Box) -> Box:
        if not self._config.candidates.rounds_states:
            return box
        counted_from_1 = np.array([1, 1, 0, 0])
        return Box.from_xywh(round_half_away(box.xywh + counted_from_1) - counted_from_1)

    def _is_learned(self, score: float, number: int, state: _State) -> bool:
        if number <= self._config.samples.always_learned_frames:
            return True
        is_due = number - state.learned_number >= self._config.speed.collection_interval
        return score > 0 and (is_due or number <= self._config.speed.collection_start)

    def _update_kind(self, score: float, number: int) -> UpdateKind:
        if score < 0 and number % self._config.speed.lost_update_interval == 0:
            return UpdateKind.SHORT_TERM
        return UpdateKind.LONG_TERM if number % self._config.schedule.update_interval == 0 else UpdateKind.NONE

    def _is_seen(self, score: float) -> bool:
        bound = self._config.speed.last_seen_score
        return bound is None or score > bound

    def _resized(self, chosen: Box, regressed: Box) -> Box:
        """The chosen box a part of the way to the regressed size, a scale step at most; place and shape stay."""
        feedback = self._config.speed.size_feedback
        if feedback == 0:
            return chosen
        step = self._config.drawing.scale_step
        factor = min(step, max(1 / step, (regressed.area / chosen.area) ** (feedback / 2)))
        return self._reported(chosen.resized(chosen.width * factor, chosen.height * factor))

    def _next_translation(self, score: float, state: _State) -> float:
        config = self._config.candidates
        if score >= 0:
            return config.translation_factor
        return min(config.translation_limit, config.translation_growth * state.translation)

    def _wrong_places(self, frame: AnyFrame, target: _Target, box: Box, watch: CallMonitor) -> BoxArray:
        """The most target-like candidates that are not on the target: what the tracker would confuse it with."""
        candidates = self._look(frame, target, watch).candidates
        ranked = candidates.boxes_xywh[candidates.ranked()]
        is_wrong = iou_with_box(ranked, box) < self._config.samples.online.negative_iou
        return ranked[is_wrong][: self._config.correction.wrong_places]


def _start(target: _Target) -> Start:
    return Start(target.confirmed.heads, target.confirmed.updates)


def _explain(
    previous_box: Box, look: _Look, regressed_best: BoxArray | None, report: UpdateReport, watch: CallMonitor
) -> Diagnostics:
    localization = look.localization
    return Diagnostics(
        previous_box=previous_box,
        search_region=localization.region.area if localization else None,
        response_map=localization.response_map if localization else None,
        localized_box=localization.box if localization else None,
        candidates=look.candidates,
        chosen_box=look.chosen,
        regressed_box=None if regressed_best is None else Box.from_xywh(regressed_best.mean(axis=0)),
        update=report,
        stage_ms=watch.stage_ms(),
        regressed_best=regressed_best,
        centers=look.centers,
    )
