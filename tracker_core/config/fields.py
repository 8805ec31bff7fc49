"""Constants of a system one by one, by name: what each stands for, which values it takes, and changing it.

A name is the path to a constant: "candidates.count", "samples.first.positives".
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

from tracker_core.config.dlst import DLSTConfig

FieldValue = bool | int | float | str | tuple[int, ...] | None
"""What a constant can be."""

NONE = "none"
"""How the absence of a value is written."""

_TRUTHS = {"yes": True, "no": False, "true": True, "false": False, "1": True, "0": False, "on": True, "off": False}
_CHOSEN_ELSEWHERE = frozenset({"preset", "backbone", "speed.name"})
_COMMENTED = re.compile(r"^\s+(\w+)\s*:[^#\n]*#\s*(.*\S)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FieldRange:
    """The values that a number takes.

    Attributes:
        least, most: both are taken.
        unit: what is counted or measured; "" for a bare number.
    """

    least: float
    most: float
    unit: str = ""


@dataclass(frozen=True, slots=True)
class ConfigField:
    """One constant of a system.

    Attributes:
        name: the path to it.
        value: what it is.
        kind: bool, int, float, str (one of `choices`) or tuple (whole numbers).
        comment: what it means, as the code says it; "" where that says nothing, or is not at hand.
        group: what its group is about, likewise.
        choices: for texts, which there are.
        range: for numbers.
        takes_none: whether it may be absent.
    """

    name: str
    value: FieldValue
    kind: type[bool] | type[int] | type[float] | type[str] | type[tuple[int, ...]]
    comment: str
    group: str
    choices: tuple[str, ...] = ()
    range: FieldRange | None = None
    takes_none: bool = False

    @property
    def unit(self) -> str:
        """What is counted or measured; "" for a bare number."""
        return "" if self.range is None else self.range.unit

    @property
    def expected(self) -> str:
        """The values it takes, in words."""
        if self.kind is bool:
            words = "yes or no"
        elif self.kind is str:
            words = " or ".join(self.choices)
        else:
            assert self.range is not None
            what = {int: "a whole number", float: "a number"}.get(self.kind, "whole numbers, with commas between,")
            words = f"{what} from {_number_text(self.range.least)} to {_number_text(self.range.most)}"
        return f"{words}, or {NONE}" if self.takes_none else words

    def parsed(self, text: str) -> FieldValue:
        """The value that a person typed; ValueError, which says what is expected, where it is none."""
        typed = text.strip()
        if self.takes_none and typed.lower() in (NONE, ""):
            return None
        try:
            return self.checked(self._read(typed))
        except (ValueError, KeyError) as error:
            raise ValueError(f"{self.name} takes {self.expected}; got {typed or 'nothing'!r}") from error

    def checked(self, value: FieldValue) -> FieldValue:
        """The value, a whole number as a float where it is meant; ValueError where it is not taken."""
        if value is None and self.takes_none:
            return None
        if self.kind is float and type(value) is int:
            value = float(value)
        numbers = value if isinstance(value, tuple) else (value,)
        is_taken = type(value) is self.kind
        if self.kind is str:
            is_taken = value in self.choices
        elif self.range is not None and is_taken:
            within = (self.range.least <= each <= self.range.most for each in cast("tuple[float, ...]", numbers))
            is_taken = bool(numbers) and all(within)
        if not is_taken:
            raise ValueError(f"{self.name} takes {self.expected}; got {value!r}")
        return value

    def _read(self, typed: str) -> FieldValue:
        if self.kind is bool:
            return _TRUTHS[typed.lower()]
        if self.kind is int:
            return int(typed)
        if self.kind is float:
            return float(typed)
        if self.kind is str:
            return next((each for each in self.choices if each.lower() == typed.lower()), typed)
        return tuple(int(part) for part in typed.strip("()").split(",") if part.strip())


def value_text(value: FieldValue) -> str:
    """A value as `ConfigField.parsed` reads it."""
    if value is None:
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return _number_text(value) if isinstance(value, float) else str(value)


def config_fields(config: DLSTConfig) -> tuple[ConfigField, ...]:
    """The constants of a system that can be changed one by one, group by group.

    Groups that the system does without are left out; so are preset, backbone and speed: each is chosen as a whole.
    """
    return tuple(_walk(config, "", ""))


def with_fields(config: DLSTConfig, values: Mapping[str, FieldValue]) -> DLSTConfig:
    """The same system with some constants changed, by name.

    Raises:
        ValueError: the system has no such constant, a value is not taken, or two contradict each other.
    """
    known = {each.name: each for each in config_fields(config)}
    for name, value in values.items():
        if name not in known:
            raise ValueError(f"{config.preset} has no constant {name!r} that could be changed")
        config = _with_one(config, name.split("."), known[name].checked(value))
    return config


def _with_one(node: Any, path: list[str], value: FieldValue) -> Any:  # noqa: ANN401 - any group of constants
    inner = value if len(path) == 1 else _with_one(getattr(node, path[0]), path[1:], value)
    return replace(node, **{path[0]: inner})


def _walk(node: object, prefix: str, group: str) -> Iterator[ConfigField]:
    of: Any = type(node)
    hints, comments = _hints(of), _comments(of)
    for each in fields(cast("Any", node)):
        name, value = prefix + each.name, getattr(node, each.name)
        if is_dataclass(value):
            yield from _walk(value, f"{name}.", inspect.getdoc(type(value)) or "")
        elif name not in _CHOSEN_ELSEWHERE and not is_dataclass(_without_none(hints[each.name])):
            yield _field(name, value, hints[each.name], comments.get(each.name, ""), group)


def _field(name: str, value: FieldValue, hint: object, comment: str, group: str) -> ConfigField:
    inner = _without_none(hint)
    takes_none = inner is not hint
    if get_origin(inner) is Literal:
        return ConfigField(name, value, str, comment, group, get_args(inner), takes_none=takes_none)
    if inner is bool:
        return ConfigField(name, value, bool, comment, group, takes_none=takes_none)
    kind = cast("Any", get_origin(inner) or inner)
    return ConfigField(name, value, kind, comment, group, range=_RANGES[name], takes_none=takes_none)


def _without_none(hint: object) -> object:
    if get_origin(hint) is UnionType or NoneType in get_args(hint):
        return next(each for each in get_args(hint) if each is not NoneType)
    return hint


@cache
def _hints(of: type[Any]) -> Mapping[str, object]:
    return get_type_hints(of)


@cache
def _comments(of: type[Any]) -> Mapping[str, str]:
    """What the code says beside each constant; nothing where the program was shipped without its code."""
    try:
        source = inspect.getsource(of)
    except (OSError, TypeError):
        return {}
    return dict(_COMMENTED.findall(source))


def _number_text(number: float) -> str:
    number = float(number)
    return f"{number:.0f}" if number.is_integer() else repr(number)


_SHARE = FieldRange(0.0, 1.0)
_IOU = FieldRange(0.0, 1.0, "IoU")
_FACTOR = FieldRange(0.0, 20.0)
_GROWTH = FieldRange(1.0, 3.0)
_EXPONENT = FieldRange(0.0, 40.0, "powers of scale_step")
_RATE = FieldRange(0.0, 1.0)
_STEPS = FieldRange(0, 1000, "steps")
_SAMPLES = FieldRange(1, 20_000, "samples")
_DRAWS = FieldRange(1, 50_000, "draws")
_FRAMES = FieldRange(1, 10_000, "frames")
_FRAMES_OR_NONE = FieldRange(0, 10_000, "frames")
_SCORE = FieldRange(-50.0, 50.0, "score")
_SEED = FieldRange(0, 2**31 - 1)

_OF_A_FRAME = {
    "positives": _SAMPLES,
    "positive_draws": _DRAWS,
    "negatives": _SAMPLES,
    "negative_draws": _DRAWS,
    "negative_iou": _IOU,
    "negative_translation": FieldRange(0.0, 20.0, "mean sides"),
    "negative_scale_exponent": _EXPONENT,
}

# Ours: where a tracker can still be built and fits into the memory of a desk computer. Wide enough to see what a
# constant does; what is within can still be a bad tracker.
_RANGES: Mapping[str, FieldRange] = MappingProxyType(
    {
        "patches.size": FieldRange(75, 299, "px"),
        "patches.padding": FieldRange(0, 64, "px"),
        "patches.pad_value": FieldRange(0, 255, "grey level"),
        "localizer.search_factor": FieldRange(1.5, 10.0, "sides of the target"),
        "localizer.label_radius": FieldRange(1.0, 50.0, "cells"),
        "localizer.hidden": FieldRange(1, 2048, "channels"),
        "localizer.response_upsampling": FieldRange(1, 8),
        "localizer.batch_first": FieldRange(1, 64, "search regions"),
        "localizer.batch_online": FieldRange(1, 64, "search regions"),
        "localizer.sample_stride": FieldRange(1, 100, "samples"),
        "candidates.count": FieldRange(2, 4096, "boxes"),
        "candidates.translation_factor": FieldRange(0.0, 20.0, "mean sides"),
        "candidates.translation_growth": _GROWTH,
        "candidates.translation_limit": FieldRange(0.0, 20.0, "mean sides"),
        "candidates.scale_exponent": _EXPONENT,
        "candidates.top_k": FieldRange(1, 4096, "boxes"),
        "drawing.scale_step": FieldRange(1.001, 2.0),
        "drawing.min_side": FieldRange(1.0, 200.0, "px"),
        "drawing.frame_margin": FieldRange(0.0, 500.0, "px"),
        "samples.positive_iou": _IOU,
        "samples.positive_translation": FieldRange(0.0, 5.0, "mean sides"),
        "samples.positive_scale_exponent": _EXPONENT,
        **{
            f"samples.{group}.{name}": taken
            for group in ("first", "online")
            for name, taken in _OF_A_FRAME.items()
        },
        "samples.memory_negative_iou": _IOU,
        "samples.always_learned_frames": _FRAMES_OR_NONE,
        "classifier.hidden_bias": FieldRange(-5.0, 5.0),
        "classifier.batch_positives": _SAMPLES,
        "classifier.batch_negatives": _SAMPLES,
        "classifier.mining_pool": _SAMPLES,
        "training.head_seed": _SEED,
        "training.weight_sigma": _SHARE,
        "training.dropout": FieldRange(0.0, 0.95),
        "training.rate_first": _RATE,
        "training.rate_online": _RATE,
        "training.last_layer_factor": FieldRange(0.0, 100.0),
        "training.bias_rate_factor": FieldRange(0.0, 100.0),
        "training.momentum": FieldRange(0.0, 0.999),
        "training.weight_decay": _SHARE,
        "training.iterations_first": _STEPS,
        "training.iterations_online": _STEPS,
        "schedule.long_term_frames": _FRAMES,
        "schedule.short_term_frames": _FRAMES,
        "schedule.update_interval": _FRAMES,
        "regression.samples": _SAMPLES,
        "regression.draws": _DRAWS,
        "regression.iou": _IOU,
        "regression.translation": FieldRange(0.0, 5.0, "mean sides"),
        "regression.aspect_exponent": _EXPONENT,
        "regression.scale_exponent": _EXPONENT,
        "regression.ridge": FieldRange(0.001, 1e9),
        "correction.positives": _SAMPLES,
        "correction.positive_draws": _DRAWS,
        "correction.wrong_places": FieldRange(0, 4096, "boxes"),
        "correction.iterations": _STEPS,
        "correction.regression_samples": _SAMPLES,
        "correction.regression_kept": FieldRange(0, 1000, "corrections"),
        "speed.second_look": FieldRange(1, 4096, "boxes"),
        "speed.negative_tiles": FieldRange(1, 100, "maps"),
        "speed.first_near_tiles": FieldRange(1, 200, "maps"),
        "speed.first_far_tiles": FieldRange(1, 200, "maps"),
        "speed.collection_interval": _FRAMES,
        "speed.collection_start": _FRAMES_OR_NONE,
        "speed.mining_interval": FieldRange(1, 1000, "steps"),
        "speed.localizer_cells": FieldRange(0, 10_000, "cells"),
        "speed.lost_update_interval": _FRAMES,
        "speed.last_seen_score": _SCORE,
        "speed.size_feedback": _SHARE,
        "speed.update_delay": FieldRange(0, 100, "frames"),
        "matching.proposals": FieldRange(1, 64, "boxes"),
        "matching.change_penalty": _FACTOR,
        "matching.window_weight": _FACTOR,
        "matching.window_floor": FieldRange(1e-6, 1.0),
        "matching.score_weight": _FACTOR,
        "matching.score_limit": FieldRange(0.0, 50.0, "score"),
        "matching.size_rate": _SHARE,
        "matching.sure_confidence": FieldRange(0.001, 1.0),
        "matching.found_confidence": FieldRange(0.001, 0.999),
        "matching.found_score_weight": _FACTOR,
        "matching.learned_confidence": _SHARE,
        "matching.stay_below": _SCORE,
        "matching.search_growth": _GROWTH,
        "matching.search_limit": FieldRange(1.0, 5.0),
        "matching.templates": FieldRange(1, 16, "templates"),
        "matching.recent_interval": _FRAMES_OR_NONE,
        "matching.recent_confidence": _SHARE,
        "matching.recent_advantage": _FACTOR,
        "matching.recent_sharpness": _FACTOR,
        "matching.far_looks": FieldRange(0, 64, "places"),
        "matching.hidden": FieldRange(1, 2048, "channels"),
        "matching.guide_overlap_power": _FACTOR,
        "matching.guide_sharpness": _FACTOR,
    }
)
