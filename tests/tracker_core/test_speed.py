"""Exact or fast, and leaving out single steps by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from itertools import combinations

import pytest

from tracker_core import FAST_STEPS, PRESETS, CandidateConfig, DLSTConfig, fast_steps, with_speed


def constants(group: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """By group and name: "speed.second_look"."""
    found = {}
    for name, value in group.items():
        found |= constants(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return found


def changed_fields(before: DLSTConfig, after: DLSTConfig) -> set[str]:
    old, new = constants(asdict(before)), constants(asdict(after))
    assert old.keys() == new.keys()
    return {name for name in old if old[name] != new[name]}


def test_fast_steps_when_boxes_come_from_a_matching_head_then_are_those_that_change_what_it_does() -> None:
    assert list(fast_steps(PRESETS["dlst-studio"])) == [
        "int8-convolutions",
        "rare-samples",
        "half-precision",
        "rare-mining",
        "short-updates",
        "rare-lost-updates",
        "short-correction",
    ]
    assert all(fast_steps(config) is FAST_STEPS for name, config in PRESETS.items() if name != "dlst-studio")


@pytest.mark.parametrize(
    ("preset", "step"), [(name, step) for name in PRESETS for step in fast_steps(PRESETS[name])]
)
def test_step_then_changes_something_of_every_system(preset: str, step: str) -> None:
    config = PRESETS[preset]
    fields = changed_fields(config, FAST_STEPS[step].apply(config))
    assert fields
    assert not fields & {"preset", "speed.name"}


def test_steps_then_change_different_things() -> None:
    config = PRESETS["dlst"]
    changes = [changed_fields(config, step.apply(config)) for step in FAST_STEPS.values()]
    assert all(not a & b for a, b in combinations(changes, 2))


@pytest.mark.parametrize("step", FAST_STEPS)
def test_with_speed_when_a_step_is_left_out_then_only_its_fields_stay_as_they_were(step: str) -> None:
    config = PRESETS["dlst"]
    fields = changed_fields(config, FAST_STEPS[step].apply(config))
    fast, without = with_speed(config, "fast"), with_speed(config, "fast", without=[step])
    assert changed_fields(fast, without) == fields
    assert not changed_fields(config, without) & fields


@pytest.mark.parametrize("preset", PRESETS)
def test_with_speed_when_fast_then_says_so_and_takes_every_step(preset: str) -> None:
    config = PRESETS[preset]
    fast = with_speed(config, "fast")
    expected = set().union(*(changed_fields(config, step.apply(config)) for step in fast_steps(config).values()))
    assert changed_fields(config, fast) == {"speed.name", *expected}
    assert fast.speed.name == "fast"
    assert with_speed(config, "fast", without=fast_steps(config)) == replace(
        config, speed=replace(config.speed, name="fast")
    )


@pytest.mark.parametrize("without", [(), ("rare-mining",)], ids=["all", "without-one"])
@pytest.mark.parametrize("preset", PRESETS)
def test_with_speed_when_exact_then_leaves_the_system_as_it_was(preset: str, without: tuple[str, ...]) -> None:
    assert with_speed(PRESETS[preset], "exact", without=without) == PRESETS[preset]
    assert PRESETS[preset].speed.name == "exact"


@pytest.mark.parametrize("speed", ["exact", "fast"])
def test_with_speed_when_a_step_does_not_exist_then_names_it_and_those_there_are(speed: str) -> None:
    with pytest.raises(ValueError, match="no step of dlst is named warp-drive") as raised:
        with_speed(PRESETS["dlst"], speed, without=["score-map", "warp-drive"])
    assert all(step in str(raised.value) for step in FAST_STEPS)


def test_with_speed_when_a_step_belongs_to_other_systems_then_names_it_and_those_there_are() -> None:
    with pytest.raises(ValueError, match="no step of dlst-studio is named few-cells, score-map") as raised:
        with_speed(PRESETS["dlst-studio"], "fast", without=["score-map", "rare-mining", "few-cells"])
    listed = str(raised.value).partition("there are ")[2].split(", ")
    assert listed == list(fast_steps(PRESETS["dlst-studio"]))


def test_config_when_the_second_look_is_smaller_than_the_best_or_larger_than_all_then_says_so() -> None:
    fast = with_speed(PRESETS["dlst"], "fast")
    for second_look in (4, 257):
        with pytest.raises(ValueError, match=rf"speed\.second_look must be 5\.\.256, got {second_look}"):
            replace(fast, speed=replace(fast.speed, second_look=second_look))
    exact = replace(PRESETS["dlst"], candidates=CandidateConfig(count=12))
    assert exact.speed.second_look > 12  # nobody looks twice
