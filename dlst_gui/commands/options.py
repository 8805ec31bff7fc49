"""What each command was asked to do: the command line as typed records. Imports nothing heavy."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, fields
from enum import Enum
from pathlib import Path
from typing import Literal, TypeVar

Xywh = tuple[float, float, float, float]
"""x, y, width, height in 0-based pixels, as typed."""

DeviceName = Literal["auto", "cpu", "cuda"]
DetailsName = Literal["code", "paper"]
SpeedName = Literal["exact", "fast"]

ToolkitName = Literal["got10k", "otb"]

PRESET_NAMES = ("dlst-studio", "dlst", "dlst-sloc", "dlst-nloc", "dlst-fc", "mdnet-nh", "mdnet-nl")
"""`tracker_core.PRESETS`, the default first; repeated because asking the core would load torch for `--help`."""

DEFAULT_PRESET = PRESET_NAMES[0]
DEFAULT_BACKBONE = "default"
"""The preset's own."""

SPEED_NAMES: tuple[SpeedName, ...] = ("exact", "fast")

FAST_STEP_NAMES = (
    "score-map",
    "int8-convolutions",
    "sub-pixel-patches",
    "negative-maps",
    "few-samples",
    "rare-samples",
    "half-precision",
    "rare-mining",
    "short-updates",
    "few-cells",
    "rare-lost-updates",
    "size-feedback",
    "look-back",
    "short-correction",
)
"""`tracker_core.FAST_STEPS`, repeated for the same reason."""

DEFAULT_STEP_NAMES = (
    "int8-convolutions",
    "rare-samples",
    "rare-mining",
    "short-updates",
    "rare-lost-updates",
    "short-correction",
)
"""Those that the default system has: `tracker_core.fast_steps` of it."""

OPENCV_TRACKER_NAMES = ("csrt", "mil", "kcf")
"""`tracker_core.evaluation.opencv_trackers.OPENCV_TRACKERS`, repeated for the same reason."""

TOOLKIT_NAMES: tuple[ToolkitName, ...] = ("got10k", "otb")
"""Whose result folders `evaluate` writes."""

EFFORT_OUR_NAMES = ("reinit", "correct", "two-sided", "two-sided-queue")
EFFORT_SYSTEM_NAMES = ("hold", "interpolation", *OPENCV_TRACKER_NAMES, *EFFORT_OUR_NAMES)
"""What `effort` measures."""

WORST_HUMAN_IOU = 0.85
"""`tracker_core.evaluation.manual_boxes.WORST_IOU`, repeated for the same reason."""

SOAK_FRAMES = 20_000
SOAK_FRAMES_IN_WINDOW = 300
"""How long `soak` goes on unless told otherwise."""

SOAK_MOST_TRACKED = 8
SOAK_TRACKED_OF_MANY = 2
"""Up to so many tracks of `soak --window` are tracked, of more only two: the window is what it measures."""


BOX_KINDS = ("tracked", "lost", "interpolated", "occluded")
"""What `export` may leave out."""


class CommandError(Exception):
    """Bad input to a command: one line for the user, exit status 2."""


class LabelFormat(Enum):
    """How `track` writes boxes; the value is what a user types and the suffix of such a file."""

    OTB = "otb"
    CSV = "csv"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True)
class TrackOptions:
    """`track`: follow one target through one source. Frame numbers are 0-based, `stop` is inclusive.

    `speed` is None where the device decides; so it is in all of these.
    """

    source: Path
    init: Xywh | None
    preset: str
    details: DetailsName
    speed: SpeedName | None
    without: tuple[str, ...]
    backbone: str
    device: DeviceName
    seed: int
    threads: int | None
    start: int
    stop: int | None
    out: Path | None
    format: LabelFormat | None
    video: Path | None
    trace: Path | None
    json: bool


@dataclass(frozen=True, slots=True)
class TraxOptions:
    """`trax`: the tracker for a client of the TraX protocol."""

    preset: str
    details: DetailsName
    speed: SpeedName | None
    without: tuple[str, ...]
    backbone: str
    device: DeviceName
    seed: int
    threads: int | None


@dataclass(frozen=True, slots=True)
class NamedFolder:
    """Result files of another tracker, and the name it goes by."""

    name: str
    folder: Path


@dataclass(frozen=True, slots=True)
class EvaluateOptions:
    """`evaluate`: one-pass evaluation over the sequences below some folders."""

    folders: tuple[Path, ...]
    sequences: tuple[str, ...] | None
    presets: tuple[str, ...]
    details: DetailsName
    speeds: tuple[SpeedName, ...] | None
    without: tuple[str, ...]
    backbone: str
    seeds: int
    device: DeviceName
    jobs: int | None
    threads: int
    compare: tuple[str, ...]
    results: tuple[NamedFolder, ...]
    results_as: tuple[ToolkitName, ...]
    out: Path
    force: bool


@dataclass(frozen=True, slots=True)
class EffortOptions:
    """`effort`: how many human actions labels of a given quality take, over the sequences below some folders."""

    folders: tuple[Path, ...]
    sequences: tuple[str, ...] | None
    systems: tuple[str, ...]
    thresholds: tuple[float, ...]
    presets: tuple[str, ...]
    details: DetailsName
    speeds: tuple[SpeedName, ...] | None
    without: tuple[str, ...]
    backbone: str
    seeds: int
    device: DeviceName
    jobs: int | None
    threads: int
    timeout: int
    out: Path
    force: bool


@dataclass(frozen=True, slots=True)
class BenchmarkOptions:
    """`benchmark`: time systems on the same frames."""

    source: Path | None
    init: Xywh | None
    presets: tuple[str, ...]
    speeds: tuple[SpeedName, ...]
    steps: bool
    compare: tuple[str, ...]
    against: tuple[Path, ...]
    against_timeout: int
    backbone: str
    device: DeviceName
    threads: int | None
    frames: int
    runs: int | None
    stages: bool
    json: bool


@dataclass(frozen=True, slots=True)
class SoakOptions:
    """`soak`: a long run, judged by its memory, or in the window by how late its events come."""

    source: Path | None
    init: Xywh | None
    preset: str
    speed: SpeedName | None
    backbone: str
    device: DeviceName
    threads: int | None
    frames: int | None
    out: Path
    window: bool
    overlays: Literal["on", "off"]
    tracks: int


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """`demo`: the shipped clip, in a window or without."""

    out: Path
    headless: bool
    speed: SpeedName | None
    device: DeviceName
    stop: int | None


@dataclass(frozen=True, slots=True)
class GuiOptions:
    """`gui`: the window."""

    source: Path | None
    preset: str
    speed: SpeedName | None
    backbone: str
    device: DeviceName
    seed: int
    background_updates: bool


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """`export`: labels of projects into files."""

    projects: tuple[Path, ...]
    format: str | None
    out: Path
    frames: Literal["all", "labelled", "keyframes", "reviewed"]
    every: int
    without: tuple[str, ...]
    clip: bool
    whole_pixels: bool
    track_ids: bool
    images: Literal["png", "jpeg"] | None
    quality: int
    video: bool
    trail: int
    source: Path | None
    json: bool


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """`import`: labels of other programs into a project."""

    file: Path
    format: str
    video: Path
    project: Path | None
    become: Literal["human", "predictions"]
    json: bool


@dataclass(frozen=True, slots=True)
class FormatsOptions:
    """`formats`: which there are."""

    json: bool


Options = TypeVar(
    "Options",
    GuiOptions,
    TrackOptions,
    TraxOptions,
    EvaluateOptions,
    EffortOptions,
    BenchmarkOptions,
    SoakOptions,
    DemoOptions,
    ExportOptions,
    ImportOptions,
    FormatsOptions,
)


def options_from(kind: type[Options], arguments: argparse.Namespace) -> Options:
    """The parsed arguments as a record; each field is named after its argument."""
    return kind(**{field.name: getattr(arguments, field.name) for field in fields(kind)})
