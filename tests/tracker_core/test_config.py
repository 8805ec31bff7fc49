"""The constants of the paper and the authors' program, and the six systems of the paper's Table 1."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tracker_core.config import DEFAULT_PRESET, PRESETS, with_details

CONSTANTS = {
    "patch_size": 107,
    "patch_padding": 16,
    "pad_value": 0,
    "localizer_feature": "norm1",
    "search_factor": 4,
    "label_radius": 8,
    "localizer_batch_first": 8,
    "localizer_batch_online": 4,
    "candidate_count": 256,
    "translation_factor": 0.6,
    "translation_growth": 1.1,
    "translation_limit": 1.5,
    "scale_step": 1.05,
    "min_side": 10,
    "frame_margin": 10,
    "top_k": 5,
    "positive_iou": 0.7,
    "positive_translation": 0.1,
    "positive_scale_exponent": 5,
    "first_positives": 500,
    "first_negatives": 5000,
    "first_negative_iou": 0.5,
    "first_negative_translation": 1,
    "first_negative_scale_exponent": 10,
    "memory_negative_iou": 0.5,
    "online_positives": 50,
    "online_negatives": 200,
    "online_negative_iou": 0.3,
    "online_negative_translation": 2,
    "online_negative_scale_exponent": 5,
    "regression_samples": 1000,
    "regression_iou": 0.6,
    "regression_translation": 0.3,
    "regression_lambda": 1000,
    "always_learned_frames": 3,
    "hidden_bias": 0,
    "weight_sigma": 0.01,
    "dropout": 0.5,
    "rate_first": 0.003,
    "rate_online": 0.003,
    "last_layer_factor": 10,
    "bias_rate_factor": 2,
    "decays_biases": False,
    "momentum": 0.9,
    "weight_decay": 5e-4,
    "iterations_first": 30,
    "iterations_online": 10,
    "batch_positives": 32,
    "batch_negatives": 96,
    "mining_pool": 1024,
    "long_term_frames": 100,
    "short_term_frames": 20,
    "update_interval": 10,
}


@pytest.mark.parametrize(("name", "value"), CONSTANTS.items(), ids=CONSTANTS)
def test_dlst_then_has_the_authors_constants(name: str, value: object) -> None:
    assert getattr(PRESETS["dlst"], name) == value


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
    assert (config.has_localizer, config.candidate_mode, config.classifier_head) == (localizer, candidates, head)
    assert (config.rate_first, config.rate_online) == rates
    assert config.hidden_bias == hidden_bias


@pytest.mark.parametrize("preset", ["mdnet-nh", "mdnet-nl"])
def test_mdnet_presets_then_round_states_pad_grey_and_learn_around_the_chosen_box(preset: str) -> None:
    config = PRESETS[preset]
    assert (config.rounds_states, config.pad_value, config.sample_center) == (True, 128, "chosen")
    assert config.always_learned_frames == 1  # found frames only


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
    assert (paper.localizer_feature, paper.top_k, paper.decision) == ("relu1", 1, "probability")
    assert (paper.scale_base, paper.translation_growth) == ("initial", 1.0)
    assert (paper.localizer_batch_online, paper.localizer_training_center) == (8, "target")
    assert (paper.is_iou_strict, paper.clips_normal) == (False, False)
    assert (paper.bias_rate_factor, paper.decays_biases) == (1.0, True)
    assert (paper.sample_center, paper.always_learned_frames) == ("chosen", 1)
    assert paper.memorizes_first_negatives
    assert paper.update_interval == 10  # the paper names no interval
    assert paper.geometry == "exact"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"has_localizer": False}, "candidate_mode='both' needs has_localizer=True"),
        ({"top_k": 0}, r"top_k must be 1\.\.256 \(candidate_count\), got 0"),
        ({"top_k": 257}, "got 257"),
        ({"dropout": 1.0}, r"dropout must be in \[0, 1\), got 1.0"),
    ],
    ids=["localizer", "no-candidates", "too-many", "dropout"],
)
def test_config_when_contradictory_then_says_expected_and_got(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(PRESETS["dlst"], **changes)


def test_presets_when_asked_for_another_name_then_say_which_there_are() -> None:
    with pytest.raises(KeyError, match="no preset is called 'DLST'; there are dlst, dlst-sloc, "):
        PRESETS["DLST"]
    assert PRESETS.get("DLST") is None
    assert "dlst" in PRESETS
