"""Deep Location-Specific Tracking: pixels in, boxes out. Needs no window, but numpy, torch, onnxruntime, OpenCV.

    tracker = create_tracker(PRESETS["dlst-studio"], weights, device="cpu", seed=0)
    tracker.initialize(first_frame, Box(40, 30, 80, 60))
    result = tracker.track(next_frame)

A name is loaded from its module when it is first asked for (PEP 562): presets and steps of `fast` are told without
numpy, and torch, which takes seconds, comes with `create_tracker` alone.

Source: Yang, Liu, Zhang and Zhang, "Deep Location-Specific Tracking", ACM Multimedia 2017.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracker_core.backbone_weights import BackboneWeights, WeightsError
    from tracker_core.box import Box, BoxArray, BoxLike, as_box, iou_in_rows, iou_with_box
    from tracker_core.config import (
        DEFAULT_PRESET,
        PRESETS,
        CandidateConfig,
        ClassifierConfig,
        ConfigField,
        CorrectionConfig,
        Details,
        DLSTConfig,
        DrawingConfig,
        FieldRange,
        FieldValue,
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
        config_fields,
        value_text,
        with_details,
        with_fields,
    )
    from tracker_core.creation import create_tracker
    from tracker_core.cropping import whole_frame
    from tracker_core.sample_view import (
        Inspectable,
        RemovalEffect,
        RemovalError,
        SampleMemoryView,
        SampleSource,
        TemplateView,
    )
    from tracker_core.score_meaning import ErrorRates, error_rates
    from tracker_core.shipped import shipped_file
    from tracker_core.speed import FAST_STEPS, FastStep, fast_steps, with_background_updates, with_speed
    from tracker_core.tracker import (
        AnyFrame,
        CandidateOrigin,
        Candidates,
        Checkpoint,
        CheckpointError,
        Diagnostics,
        DrawingCenter,
        Example,
        Frame,
        FrameInParts,
        OnProgress,
        RatedProposals,
        ResponseMap,
        Resumable,
        Revocable,
        ShouldCancel,
        Tracker,
        TrackerInputError,
        TrackingCancelled,
        TrackResult,
        UpdateKind,
        UpdateReport,
    )

__all__ = [
    "DEFAULT_PRESET",
    "FAST_STEPS",
    "PRESETS",
    "AnyFrame",
    "BackboneWeights",
    "Box",
    "BoxArray",
    "BoxLike",
    "CandidateConfig",
    "CandidateOrigin",
    "Candidates",
    "Checkpoint",
    "CheckpointError",
    "ClassifierConfig",
    "ConfigField",
    "CorrectionConfig",
    "DLSTConfig",
    "Details",
    "Diagnostics",
    "DrawingCenter",
    "DrawingConfig",
    "ErrorRates",
    "Example",
    "FastStep",
    "FieldRange",
    "FieldValue",
    "Frame",
    "FrameInParts",
    "FrameSampleConfig",
    "Inspectable",
    "LocalizerConfig",
    "MatchingConfig",
    "OnProgress",
    "PatchConfig",
    "RatedProposals",
    "RegressionConfig",
    "RemovalEffect",
    "RemovalError",
    "ResponseMap",
    "Resumable",
    "Revocable",
    "SampleConfig",
    "SampleMemoryView",
    "SampleSource",
    "ScheduleConfig",
    "ShouldCancel",
    "Speed",
    "SpeedConfig",
    "TemplateView",
    "TrackResult",
    "Tracker",
    "TrackerInputError",
    "TrackingCancelled",
    "TrainingConfig",
    "UpdateKind",
    "UpdateReport",
    "WeightsError",
    "as_box",
    "config_fields",
    "create_tracker",
    "error_rates",
    "fast_steps",
    "iou_in_rows",
    "iou_with_box",
    "shipped_file",
    "value_text",
    "whole_frame",
    "with_background_updates",
    "with_details",
    "with_fields",
    "with_speed",
]

_HOMES = {
    "backbone_weights": ("BackboneWeights", "WeightsError"),
    "box": ("Box", "BoxArray", "BoxLike", "as_box", "iou_in_rows", "iou_with_box"),
    "config": (
        "DEFAULT_PRESET",
        "PRESETS",
        "CandidateConfig",
        "ClassifierConfig",
        "ConfigField",
        "CorrectionConfig",
        "Details",
        "DLSTConfig",
        "DrawingConfig",
        "FieldRange",
        "FieldValue",
        "FrameSampleConfig",
        "LocalizerConfig",
        "MatchingConfig",
        "PatchConfig",
        "RegressionConfig",
        "SampleConfig",
        "ScheduleConfig",
        "Speed",
        "SpeedConfig",
        "TrainingConfig",
        "config_fields",
        "value_text",
        "with_details",
        "with_fields",
    ),
    "creation": ("create_tracker",),
    "cropping": ("whole_frame",),
    "sample_view": (
        "Inspectable",
        "RemovalEffect",
        "RemovalError",
        "SampleMemoryView",
        "SampleSource",
        "TemplateView",
    ),
    "score_meaning": ("ErrorRates", "error_rates"),
    "shipped": ("shipped_file",),
    "speed": ("FAST_STEPS", "FastStep", "fast_steps", "with_background_updates", "with_speed"),
    "tracker": (
        "AnyFrame",
        "CandidateOrigin",
        "Candidates",
        "Checkpoint",
        "CheckpointError",
        "Diagnostics",
        "DrawingCenter",
        "Example",
        "Frame",
        "FrameInParts",
        "OnProgress",
        "RatedProposals",
        "ResponseMap",
        "Resumable",
        "Revocable",
        "ShouldCancel",
        "Tracker",
        "TrackerInputError",
        "TrackingCancelled",
        "TrackResult",
        "UpdateKind",
        "UpdateReport",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name in _HOME_OF:
        return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
