"""Deep Location-Specific Tracking: pixels in, boxes out. Needs numpy, torch and OpenCV; knows no window.

    tracker = create_tracker(PRESETS["dlst-studio"], weights, device="cpu", seed=0)
    tracker.initialize(first_frame, Box(40, 30, 80, 60))
    result = tracker.track(next_frame)

Source: Yang, Liu, Zhang and Zhang, "Deep Location-Specific Tracking", ACM Multimedia 2017.
"""

from typing import TYPE_CHECKING

from tracker_core.backbone_weights import BackboneWeights, WeightsError
from tracker_core.box import Box, BoxArray, BoxLike, as_box, iou_with_box
from tracker_core.config import (
    DEFAULT_PRESET,
    PRESETS,
    CandidateConfig,
    ClassifierConfig,
    CorrectionConfig,
    Details,
    DLSTConfig,
    DrawingConfig,
    FrameSampleConfig,
    LocalizerConfig,
    MatchingConfig,
    PatchConfig,
    RegressionConfig,
    SampleConfig,
    ScheduleConfig,
    Speed,
    SpeedConfig,
    TrainingConfig,
    with_details,
)
from tracker_core.shipped import shipped_file
from tracker_core.speed import FAST_STEPS, FastStep, fast_steps, with_background_updates, with_speed
from tracker_core.tracker import (
    CandidateOrigin,
    Candidates,
    Diagnostics,
    Example,
    Frame,
    OnProgress,
    ResponseMap,
    ShouldCancel,
    Tracker,
    TrackerInputError,
    TrackingCancelled,
    TrackResult,
    UpdateKind,
    UpdateReport,
)

if TYPE_CHECKING:
    from tracker_core.creation import create_tracker

__all__ = [
    "DEFAULT_PRESET",
    "FAST_STEPS",
    "PRESETS",
    "BackboneWeights",
    "Box",
    "BoxArray",
    "BoxLike",
    "CandidateConfig",
    "CandidateOrigin",
    "Candidates",
    "ClassifierConfig",
    "CorrectionConfig",
    "DLSTConfig",
    "Details",
    "Diagnostics",
    "DrawingConfig",
    "Example",
    "FastStep",
    "Frame",
    "FrameSampleConfig",
    "LocalizerConfig",
    "MatchingConfig",
    "OnProgress",
    "PatchConfig",
    "RegressionConfig",
    "ResponseMap",
    "SampleConfig",
    "ScheduleConfig",
    "ShouldCancel",
    "Speed",
    "SpeedConfig",
    "TrackResult",
    "Tracker",
    "TrackerInputError",
    "TrackingCancelled",
    "TrainingConfig",
    "UpdateKind",
    "UpdateReport",
    "WeightsError",
    "as_box",
    "create_tracker",
    "fast_steps",
    "iou_with_box",
    "shipped_file",
    "with_background_updates",
    "with_details",
    "with_speed",
]


def __getattr__(name: str) -> object:
    """`create_tracker` when it is first used (PEP 562): it alone needs torch, which takes seconds to load."""
    if name == "create_tracker":
        from tracker_core.creation import create_tracker  # noqa: PLC0415

        return create_tracker
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
