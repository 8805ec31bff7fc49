"""Deep Location-Specific Tracking: localise, sample, classify, refine, learn. Source: paper 3."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch

from tracker_core.backbone_weights import BackboneWeights
from tracker_core.box import Box, BoxArray, iou_with_box
from tracker_core.config import DLSTConfig
from tracker_core.cropping import as_rgb
from tracker_core.features import FeatureExtractor
from tracker_core.learner import Knowledge, Learner, correction_work, first_frame_work
from tracker_core.localizer import Localization
from tracker_core.sampling import BoxSampler, round_half_away
from tracker_core.tracker import (
    CandidateOrigin,
    Candidates,
    Diagnostics,
    Frame,
    OnProgress,
    ShouldCancel,
    Tracker,
    TrackerInputError,
    TrackResult,
    UpdateKind,
    UpdateReport,
)
from tracker_core.watch import Watch


def create_tracker(
    config: DLSTConfig, backbone: BackboneWeights, *, device: str | torch.device = "cpu", seed: int = 0
) -> Tracker:
    """Build a tracker for one target.

    Args:
        config: one of `PRESETS`, or changed from one with `dataclasses.replace`.
        backbone: frozen weights, from `tracker_core.weights`.
        device: "cpu", "cuda" or a torch device.
        seed: of all random draws; same seed, device, thread count and input: same boxes, bit for bit.
    """
    return DLSTTracker(config, backbone, device=torch.device(device), seed=seed)


@dataclass(frozen=True, slots=True)
class _State:
    """Where the target is and how wide to look for it.

    Attributes:
        box: un-regressed state; search region and candidates are centred on it.
        frame_number: 1 on the first frame.
        translation: spread of the candidates around `box`; grows while the target is lost.
    """

    box: Box
    frame_number: int
    translation: float


@dataclass(frozen=True, slots=True)
class _Look:
    """What one look at a frame found."""

    localization: Localization | None
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
        self._sampler: BoxSampler | None = None
        self._learner: Learner | None = None
        self._state: _State | None = None
        self._initial_box: Box | None = None
        self._confirmed: Knowledge | None = None

    def initialize(
        self,
        frame: Frame,
        box: Box,
        *,
        should_cancel: ShouldCancel | None = None,
        on_progress: OnProgress | None = None,
    ) -> TrackResult:
        """Learn the target from a human box; see `Tracker.initialize`."""
        frame = as_rgb(frame)
        height, width = frame.shape[:2]
        _check_box(box, frame_width=width, frame_height=height)
        watch = Watch(should_cancel, on_progress, expected_work=first_frame_work(self._config))
        sampler = BoxSampler.for_target(self._config, box, frame_width=width, frame_height=height)
        learner = Learner(self._config, self._extractor, sampler, device=self._device, seed=self._seed)
        report = learner.learn_first_frame(frame, box, watch)
        self._sampler, self._learner, self._initial_box = sampler, learner, box
        self._state = _State(box, 1, self._config.translation_factor)
        self._confirmed = learner.knowledge()
        return TrackResult(box, float("inf"), is_found=True, update=report.kind)

    def track(
        self, frame: Frame, *, with_diagnostics: bool = False, should_cancel: ShouldCancel | None = None
    ) -> TrackResult:
        """Find the target on the next frame and learn from it; see `Tracker.track`."""
        state, learner, sampler = self._ready()
        frame = self._checked(frame, sampler)
        watch = Watch(should_cancel)
        number = state.frame_number + 1
        before = _Moment.of(learner)
        try:
            look = self._look(frame, state, watch)
            regressed = self._regressed(look, watch)
            box = self._reported(regressed or look.chosen)
            self._collect(frame, look, box, number, watch)
            report = self._update(look.score, number, watch)
        except BaseException:
            before.bring_back(learner)
            raise
        self._state = _State(self._reported(look.chosen), number, self._next_translation(look.score, state))
        diagnostics = None
        if with_diagnostics:
            diagnostics = _explain(state, look, regressed, report, watch)
        return TrackResult(box, look.score, look.score > 0, diagnostics, report.kind)

    def correct(
        self,
        frame: Frame,
        box: Box,
        *,
        should_cancel: ShouldCancel | None = None,
        on_progress: OnProgress | None = None,
    ) -> TrackResult:
        """Learn a human box, forget what was learned since the last one; see `Tracker.correct`."""
        state, learner, sampler = self._ready()
        frame = self._checked(frame, sampler)
        _check_box(box, frame_width=sampler.frame_width, frame_height=sampler.frame_height)
        watch = Watch(should_cancel, on_progress, expected_work=correction_work(self._config))
        before = _Moment.of(learner)
        try:
            wrong_places = self._wrong_places(frame, state, box, watch)
            assert self._confirmed is not None
            learner.restore(self._confirmed)
            report = learner.learn_correction(frame, box, wrong_places, watch)
        except BaseException:
            before.bring_back(learner)
            raise
        self._confirmed = learner.knowledge()
        self._state = replace(state, box=box, translation=self._config.translation_factor)
        return TrackResult(box, float("inf"), is_found=True, update=report.kind)

    def _ready(self) -> tuple[_State, Learner, BoxSampler]:
        if self._state is None or self._learner is None or self._sampler is None:
            raise TrackerInputError("the tracker has no target yet: call initialize with a frame and a box first")
        return self._state, self._learner, self._sampler

    @staticmethod
    def _checked(frame: Frame, sampler: BoxSampler) -> Frame:
        frame = as_rgb(frame)
        if frame.shape[:2] != (sampler.frame_height, sampler.frame_width):
            raise TrackerInputError(
                f"expected a frame of {sampler.frame_width} x {sampler.frame_height} like the first one, "
                f"got {frame.shape[1]} x {frame.shape[0]}"
            )
        return frame

    def _look(self, frame: Frame, state: _State, watch: Watch) -> _Look:
        """Localise, draw the candidates (S_comb), judge them, average the best."""
        _, learner, _ = self._ready()
        localization = None
        if learner.localizer is not None:
            watch.advance()
            with watch.measure("localize"):
                localization = learner.localizer.localize(frame, state.box)
        localized_box = localization.box if localization is not None else None
        boxes, origins = self._candidates(state, localized_box or state.box)
        features = learner.features_of(frame, boxes, watch)
        with watch.measure("classify"):
            scores = learner.scores(features)
            best = scores.topk(self._config.top_k)
            rows = best.indices.cpu().numpy()
        candidates = Candidates(boxes, origins, scores.cpu().numpy(), rows)
        chosen = Box.from_xywh(boxes[rows].mean(axis=0))
        return _Look(localization, candidates, features[best.indices], chosen, float(best.values.mean()))

    def _candidates(
        self, state: _State, localized_box: Box
    ) -> tuple[BoxArray, np.ndarray[tuple[int], np.dtype[np.uint8]]]:
        """S_comb: half of the draws around the last place, half around the proposed one."""
        config = self._config
        around_previous = {"both": config.candidate_count // 2, "previous": config.candidate_count, "localized": 0}
        n_previous = around_previous[config.candidate_mode]
        n_localized = config.candidate_count - n_previous
        boxes = np.concatenate(
            [
                self._draw(state.box, n_previous, state.translation),
                self._draw(localized_box, n_localized, config.translation_factor),
            ]
        )
        origins = np.repeat(
            np.array([CandidateOrigin.PREVIOUS, CandidateOrigin.LOCALIZED], dtype=np.uint8),
            [n_previous, n_localized],
        )
        return boxes, origins

    def _draw(self, center: Box, n: int, translation: float) -> BoxArray:
        _, learner, sampler = self._ready()
        assert self._initial_box is not None
        if self._config.scale_base == "initial":
            x, y = center.center
            width, height = self._initial_box.width, self._initial_box.height
            center = Box(x - width / 2, y - height / 2, width, height)
        exponent = self._config.candidate_scale_exponent
        return sampler.normal(learner.rng, center, n, translation=translation, scale_exponent=exponent)

    def _regressed(self, look: _Look, watch: Watch) -> Box | None:
        """The mean of the best candidates after box regression; None on a lost frame."""
        _, learner, _ = self._ready()
        if learner.regressor is None or look.score <= 0:
            return None
        with watch.measure("regress"):
            best = look.candidates.boxes_xywh[look.candidates.best]
            return Box.from_xywh(learner.regressor.refine(best, look.best_features).mean(axis=0))

    def _reported(self, box: Box) -> Box:
        if not self._config.rounds_states:
            return box
        counted_from_1 = np.array([1, 1, 0, 0])
        return Box.from_xywh(round_half_away(box.xywh + counted_from_1) - counted_from_1)

    def _collect(self, frame: Frame, look: _Look, box: Box, number: int, watch: Watch) -> None:
        _, learner, _ = self._ready()
        if look.score > 0 or number <= self._config.always_learned_frames:
            center = box if self._config.sample_center == "regressed" else self._reported(look.chosen)
            with watch.measure("collect"):
                learner.learn_frame(frame, center, watch)

    def _update(self, score: float, number: int, watch: Watch) -> UpdateReport:
        _, learner, _ = self._ready()
        if score < 0:
            return learner.update(UpdateKind.SHORT_TERM, watch)
        if number % self._config.update_interval == 0:
            return learner.update(UpdateKind.LONG_TERM, watch)
        return UpdateReport()

    def _next_translation(self, score: float, state: _State) -> float:
        if score >= 0:
            return self._config.translation_factor
        return min(self._config.translation_limit, self._config.translation_growth * state.translation)

    def _wrong_places(self, frame: Frame, state: _State, box: Box, watch: Watch) -> BoxArray:
        """The most target-like candidates that are not on the target: what the tracker would confuse it with."""
        look = self._look(frame, state, watch)
        ranked = look.candidates.boxes_xywh[look.candidates.ranked()]
        is_wrong = iou_with_box(ranked, box) < self._config.online_negative_iou
        return ranked[is_wrong][: self._config.correction_wrong_places]


@dataclass(frozen=True, slots=True)
class _Moment:
    """A learner's knowledge and random streams before a call, to undo a call that did not finish."""

    knowledge: Knowledge
    rng_state: Mapping[str, object]
    dropout_state: torch.Tensor

    @classmethod
    def of(cls, learner: Learner) -> _Moment:
        return cls(learner.knowledge(), learner.rng.bit_generator.state, learner.dropout_generator.get_state())

    def bring_back(self, learner: Learner) -> None:
        learner.restore(self.knowledge)
        learner.rng.bit_generator.state = self.rng_state
        learner.dropout_generator.set_state(self.dropout_state)


def _check_box(box: Box, *, frame_width: int, frame_height: int) -> None:
    if not box.is_valid:
        raise TrackerInputError(f"expected a box of finite numbers and positive size, got {box}")
    if not box.intersects_frame(frame_width=frame_width, frame_height=frame_height):
        raise TrackerInputError(f"the box {box} lies outside the frame of {frame_width} x {frame_height}")


def _explain(state: _State, look: _Look, regressed: Box | None, report: UpdateReport, watch: Watch) -> Diagnostics:
    localization = look.localization
    return Diagnostics(
        previous_box=state.box,
        search_region=localization.region.area if localization else None,
        response_map=localization.response_map if localization else None,
        localized_box=localization.box if localization else None,
        candidates=look.candidates,
        chosen_box=look.chosen,
        regressed_box=regressed,
        update=report,
        stage_ms=watch.stage_ms(),
    )
