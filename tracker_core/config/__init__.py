"""Every constant of the tracker, by name, with its unit, its default and where it comes from.

`DLSTConfig` describes one system; each group of its constants has a module of its own, and `presets.py` has the
systems there are. Defaults are those of the paper's `dlst`. Lengths are pixels, scale exponents are powers of
`DrawingConfig.scale_step`.

Sources: "paper" is Yang et al., ACM Multimedia 2017; "authors" is what their published Matlab program does where
it says more, or something else, than the paper. `details="code"` (the default) follows the authors,
`details="paper"` the text. "MDNet" is Nam and Han, CVPR 2016; "ours" marks what none of them has.
"""

from tracker_core.config.candidates import CandidateConfig
from tracker_core.config.classifier import ClassifierConfig, Decision
from tracker_core.config.correction import CorrectionConfig
from tracker_core.config.dlst import DLSTConfig, Precision
from tracker_core.config.drawing import DrawingConfig
from tracker_core.config.fields import (
    ConfigField,
    FieldRange,
    FieldValue,
    config_fields,
    value_text,
    with_fields,
)
from tracker_core.config.localizer import LocalizerConfig
from tracker_core.config.matching import MatchingConfig
from tracker_core.config.patches import PatchConfig
from tracker_core.config.presets import DEFAULT_PRESET, PRESETS, Details, with_details
from tracker_core.config.regression import RegressionConfig
from tracker_core.config.samples import FrameSampleConfig, SampleConfig
from tracker_core.config.schedule import ScheduleConfig
from tracker_core.config.speed import PatchEdges, Speed, SpeedConfig
from tracker_core.config.training import TrainingConfig

__all__ = [
    "DEFAULT_PRESET",
    "PRESETS",
    "CandidateConfig",
    "ClassifierConfig",
    "ConfigField",
    "CorrectionConfig",
    "DLSTConfig",
    "Decision",
    "Details",
    "DrawingConfig",
    "FieldRange",
    "FieldValue",
    "FrameSampleConfig",
    "LocalizerConfig",
    "MatchingConfig",
    "PatchConfig",
    "PatchEdges",
    "Precision",
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
]
