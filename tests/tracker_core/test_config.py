"""The constants of the paper and the authors' program, and the six systems of the paper's Table 1."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter

import pytest

from tracker_core.config import (
    DEFAULT_PRESET,
    PRESETS,
    CandidateConfig,
    DLSTConfig,
    TrainingConfig,
    with_details,
)

CONSTANTS = {
    "patches.size": 107,
    "patches.padding": 16,
    "patches.pad_value": 0,
    "localizer.feature": "norm1",
    "localizer.search_factor": 4,
    "localizer.label_radius": 8,
    "localizer.batch_first": 8,
    "localizer.batch_online": 4,
    "candidates.count": 256,
    "candidates.translation_factor": 0.6,
    "candidates.translation_growth": 1.1,
    "candidates.translation_limit": 1.5,
    "drawing.scale_step": 1.05,
    "drawing.min_side": 10,
    "drawing.frame_margin": 10,
    "candidates.top_k": 5,
    "samples.positive_iou": 0.7,
    "samples.positive_translation": 0.1,
    "samples.positive_scale_exponent": 5,
    "samples.first.positives": 500,
    "samples.first.negatives": 5000,
    "samples.first.negative_iou": 0.5,
    "samples.first.negative_translation": 1,
    "samples.first.negative_scale_exponent": 10,
    "samples.memory_negative_iou": 0.5,
    "samples.online.positives": 50,
    "samples.online.negatives": 200,
    "samples.online.negative_iou": 0.3,
    "samples.online.negative_translation": 2,
    "samples.online.negative_scale_exponent": 5,
    "regression.samples": 1000,
    "regression.iou": 0.6,
    "regression.translation": 0.3,
    "regression.ridge": 1000,
    "samples.always_learned_frames": 3,
    "classifier.hidden_bias": 0,
    "training.weight_sigma": 0.01,
    "training.dropout": 0.5,
    "training.rate_first": 0.003,
    "training.rate_online": 0.003,
    "training.last_layer_factor": 10,
    "training.bias_rate_factor": 2,
    "training.decays_biases": False,
    "training.momentum": 0.9,
    "training.weight_decay": 5e-4,
    "training.iterations_first": 30,
    "training.iterations_online": 10,
    "classifier.batch_positives": 32,
    "classifier.batch_negatives": 96,
    "classifier.mining_pool": 1024,
    "schedule.long_term_frames": 100,
    "schedule.short_term_frames": 20,
    "schedule.update_interval": 10,
}


@pytest.mark.parametrize(("name", "value"), CONSTANTS.items(), ids=CONSTANTS)
def test_dlst_then_has_the_authors_constants(name: str, value: object) -> None:
    assert attrgetter(name)(PRESETS["dlst"]) == value


@pytest.mark.parametrize(
    ("preset", "localizer", "candidates", "head", "rates", "hidden_bias"),
    [
        ("dlst", True, "both", "gap", (0.003, 0.003), 0.0),
        ("dlst-sloc", True, "localized", "gap", (0.003, 0.003), 0.0),
        ("dlst-nloc", False, "previous", "gap", (0.003, 0.003), 0.0),
        ("dlst-fc", True, "both", "fully-connected", (0.001, 0.003), 0.1),
        ("mdnet-nh", False, "previous", "fully-connected", (0.001, 0.003), 0.1),
        ("mdnet-nl", False, "previous", "fully-connected", (0.0001, 0.0003), 0.1),
    ],
)
def test_preset_then_is_the_system_of_table_1(
    preset: str, localizer: bool, candidates: str, head: str, rates: tuple[float, float], hidden_bias: float
) -> None:
    config = PRESETS[preset]
    assert config.preset == preset
    assert (config.localizer is not None) is localizer
    assert (config.candidates.mode, config.classifier.head) == (candidates, head)
    assert (config.training.rate_first, config.training.rate_online) == rates
    assert config.classifier.hidden_bias == hidden_bias


@pytest.mark.parametrize("preset", ["mdnet-nh", "mdnet-nl"])
def test_mdnet_presets_then_round_states_pad_grey_and_learn_around_the_chosen_box(preset: str) -> None:
    config = PRESETS[preset]
    assert config.candidates.rounds_states
    assert config.patches.pad_value == 128
    assert config.samples.center == "chosen"
    assert config.samples.always_learned_frames == 1  # found frames only


def test_presets_then_are_the_six_of_table_1_and_the_default_one() -> None:
    table_1 = ["dlst", "dlst-sloc", "dlst-nloc", "dlst-fc", "mdnet-nh", "mdnet-nl"]
    assert list(PRESETS) == [*table_1, DEFAULT_PRESET]
    assert {PRESETS[name].backbone for name in table_1} == {"default"}
    assert PRESETS[DEFAULT_PRESET].backbone == "studio"


def test_with_details_when_the_system_is_none_of_table_1_then_says_so() -> None:
    assert with_details(PRESETS[DEFAULT_PRESET], "code") == PRESETS[DEFAULT_PRESET]
    with pytest.raises(ValueError, match="details apply to the systems of the paper's Table 1"):
        with_details(PRESETS[DEFAULT_PRESET], "paper")


def test_with_details_when_code_then_changes_nothing() -> None:
    assert with_details(PRESETS["dlst"], "code") == PRESETS["dlst"]


def test_with_details_when_paper_then_follows_the_text_where_they_disagree() -> None:
    paper = with_details(PRESETS["dlst"], "paper")
    localizer, candidates, samples = paper.localizer, paper.candidates, paper.samples
    assert localizer is not None
    assert (localizer.feature, candidates.top_k, paper.classifier.decision) == ("relu1", 1, "probability")
    assert (candidates.scale_base, candidates.translation_growth) == ("initial", 1.0)
    assert (localizer.batch_online, localizer.training_center) == (8, "target")
    assert (samples.is_iou_strict, paper.drawing.clips_normal) == (False, False)
    assert (paper.training.bias_rate_factor, paper.training.decays_biases) == (1.0, True)
    assert (samples.center, samples.always_learned_frames) == ("chosen", 1)
    assert samples.memorizes_first_negatives
    assert paper.schedule.update_interval == 10  # the paper names no interval
    assert localizer.geometry == "exact"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: DLSTConfig(localizer=None), r"candidates\.mode='both' needs a localizer, got localizer=None"),
        (lambda: CandidateConfig(top_k=0), r"candidates\.top_k must be 1\.\.256 \(candidates\.count\), got 0"),
        (lambda: CandidateConfig(top_k=257), "got 257"),
        (lambda: TrainingConfig(dropout=1.0), r"training\.dropout must be in \[0, 1\), got 1.0"),
    ],
    ids=["localizer", "no-candidates", "too-many", "dropout"],
)
def test_config_when_contradictory_then_says_expected_and_got(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_presets_when_asked_for_another_name_then_say_which_there_are() -> None:
    with pytest.raises(KeyError, match="no preset is called 'DLST'; there are dlst, dlst-sloc, "):
        PRESETS["DLST"]
    assert PRESETS.get("DLST") is None
    assert "dlst" in PRESETS
