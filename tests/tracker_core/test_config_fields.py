"""Constants one by one: all of them, with values that a tracker takes and words for a person."""

from __future__ import annotations

import inspect

import pytest

from tracker_core.config import PRESETS, DLSTConfig, config_fields, value_text, with_fields
from tracker_core.config import fields as module
from tracker_core.speed import with_speed

SYSTEMS = [with_speed(config, speed) for config in PRESETS.values() for speed in ("exact", "fast")]


def field(config: DLSTConfig, name: str) -> module.ConfigField:
    return next(each for each in config_fields(config) if each.name == name)


@pytest.mark.parametrize("config", SYSTEMS, ids=lambda config: f"{config.preset} {config.speed.name}")
def test_fields_when_a_system_is_as_it_ships_then_each_takes_its_own_value_typed_as_it_is_shown(
    config: DLSTConfig,
) -> None:
    shown = {each.name: each.parsed(value_text(each.value)) for each in config_fields(config)}
    assert with_fields(config, shown) == config
    assert len(shown) > 85


def test_fields_when_a_group_is_left_out_then_it_has_none() -> None:
    names = {each.name.partition(".")[0] for each in config_fields(PRESETS["dlst-studio"])}
    assert "matching" in names
    assert names.isdisjoint({"localizer", "regression", "preset", "backbone"})


def test_fields_when_asked_then_they_say_what_the_code_says() -> None:
    top_k = field(PRESETS["dlst"], "candidates.top_k")
    assert (top_k.value, top_k.unit, top_k.comment) == (5, "boxes", "authors 5, paper 1")
    assert top_k.group.startswith("Candidates, S_comb")
    assert (
        field(PRESETS["dlst"], "candidates.translation_limit").comment == ""
    )  # that of the line below is its own


def test_fields_when_the_code_is_not_at_hand_then_they_are_there_without_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gone(_: object) -> str:
        raise OSError("could not get source code")

    module._comments.cache_clear()
    monkeypatch.setattr(inspect, "getsource", gone)
    try:
        assert field(PRESETS["dlst"], "candidates.top_k").comment == ""
    finally:
        module._comments.cache_clear()


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("candidates.count", " 512 ", 512),
        ("samples.first.positives", "300", 300),
        ("matching.hidden", "128, 32", (128, 32)),
        ("matching.size_rate", "0.25", 0.25),
        ("matching.size_rate", "1", 1.0),
        ("drawing.rounds_boxes", "Yes", True),
        ("samples.center", "Chosen", "chosen"),
        ("speed.last_seen_score", "-2", -2.0),
    ],
)
def test_with_fields_when_a_value_is_typed_then_the_system_has_it(name: str, typed: str, value: object) -> None:
    config = PRESETS["dlst-studio"]
    changed = with_fields(config, {name: field(config, name).parsed(typed)})
    found = field(changed, name).value
    assert (found, type(found)) == (value, type(value))
    assert [each.name for each in config_fields(changed) if each not in config_fields(config)] == [name]


def test_parsed_when_a_value_may_be_absent_then_none_stands_for_that() -> None:
    assert field(PRESETS["dlst-studio"], "speed.last_seen_score").parsed("None") is None
    with pytest.raises(ValueError, match="top_k"):
        field(PRESETS["dlst"], "candidates.top_k").parsed("none")


@pytest.mark.parametrize(
    ("name", "typed", "expected"),
    [
        ("candidates.count", "0", "a whole number from 2 to 4096"),
        ("candidates.count", "many", "a whole number from 2 to 4096"),
        ("candidates.count", "2.5", "a whole number"),
        ("matching.size_rate", "nan", "a number from 0 to 1"),
        ("matching.size_rate", "inf", "a number from 0 to 1"),
        ("matching.hidden", "", "whole numbers"),
        ("matching.hidden", "0,64", "from 1 to 2048"),
        ("samples.center", "middle", "regressed or chosen"),
        ("drawing.rounds_boxes", "perhaps", "yes or no"),
        ("speed.last_seen_score", "999", "or none"),
    ],
)
def test_parsed_when_a_value_makes_no_sense_then_the_message_says_what_does(
    name: str, typed: str, expected: str
) -> None:
    with pytest.raises(ValueError, match=f"{name} takes .*{expected}"):
        field(PRESETS["dlst-studio"], name).parsed(typed)


def test_with_fields_when_two_contradict_each_other_then_it_says_so() -> None:
    with pytest.raises(ValueError, match="top_k"):
        with_fields(PRESETS["dlst"], {"candidates.count": 3})


@pytest.mark.parametrize("name", ["nothing.here", "preset", "speed.name", "localizer.hidden"])
def test_with_fields_when_there_is_no_such_constant_then_it_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no constant"):
        with_fields(PRESETS["dlst-studio"], {name: 1})
