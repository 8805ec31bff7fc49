from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from tracker_core.config.candidates import CandidateConfig
from tracker_core.config.classifier import ClassifierConfig
from tracker_core.config.correction import CorrectionConfig
from tracker_core.config.drawing import DrawingConfig
from tracker_core.config.localizer import LocalizerConfig
from tracker_core.config.matching import MatchingConfig
from tracker_core.config.patches import PatchConfig
from tracker_core.config.regression import RegressionConfig
from tracker_core.config.samples import SampleConfig
from tracker_core.config.schedule import ScheduleConfig
from tracker_core.config.speed import SpeedConfig
from tracker_core.config.training import TrainingConfig

Precision = Literal["auto", "float32", "bfloat16"]


@dataclass(frozen=True, slots=True)
class DLSTConfig:
    """How one tracker works.

    One constant is changed with `dataclasses.replace`, group by group:
    `replace(config, candidates=replace(config.candidates, count=512))`.

    Raises:
        ValueError: constants of different groups contradict each other.
    """

    preset: str = "dlst"
    backbone: str = "default"  # weights it sees with, by name, unless others are asked for
    precision: Precision = "auto"  # of the frozen convolutions; ours
    patches: PatchConfig = field(default_factory=PatchConfig)
    localizer: LocalizerConfig | None = field(default_factory=LocalizerConfig)  # None: without one
    candidates: CandidateConfig = field(default_factory=CandidateConfig)
    drawing: DrawingConfig = field(default_factory=DrawingConfig)
    samples: SampleConfig = field(default_factory=SampleConfig)
    classifier: ClassifierConfig = field(default_factory=ClassifierConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    schedule: ScheduleConfig = field(default_factory=ScheduleConfig)
    regression: RegressionConfig | None = field(default_factory=RegressionConfig)  # None: without it
    correction: CorrectionConfig = field(default_factory=CorrectionConfig)
    speed: SpeedConfig = field(default_factory=SpeedConfig)
    matching: MatchingConfig | None = None  # the default system: boxes come from a matching head; ours

    def __post_init__(self) -> None:
        candidates, look = self.candidates, self.speed.second_look
        if candidates.mode != "previous" and self.matching is None and self.localizer is None:
            raise ValueError(f"candidates.mode={candidates.mode!r} needs a localizer, got localizer=None")
        if self.speed.candidate_look == "map" and not candidates.top_k <= look <= candidates.count:
            raise ValueError(f"speed.second_look must be {candidates.top_k}..{candidates.count}, got {look}")
