"""Effort as bars, per sequence and system, as PNG and SVG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from tracker_core.evaluation.effort import SystemEffort, mean_with_interval
from tracker_core.evaluation.plots import COLORS, PLOT_SUFFIXES
from tracker_core.staging import replaced_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BAR_INCHES = 0.14
HATCHES = ("", "//", "..")  # a new one each time the colours are used up
GROUP_WIDTH = 0.84  # of the distance between two sequences


def write_effort_plot(
    folder: Path, systems: Sequence[SystemEffort], thresholds: Sequence[float]
) -> tuple[Path, ...]:
    """Write one figure with a row per IoU threshold, of at least one system; returns the two files."""
    names = list(dict.fromkeys(run.sequence for system in systems for run in system.runs))
    width = max(8.0, 3.5 + BAR_INCHES * (len(systems) + 1) * (len(names) + 1))
    figure = Figure(figsize=(width, 0.6 + 2.9 * len(thresholds)), layout="constrained")
    rows = figure.subplots(len(thresholds), 1, squeeze=False, sharex=True)[:, 0]
    for axes, iou_threshold in zip(rows, thresholds, strict=True):
        _draw(axes, systems, names, iou_threshold)
    rows[-1].set_xticks([*range(len(names)), len(names) + 0.3], [*names, "mean"], rotation=30, ha="right")
    handles, labels = rows[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right upper", frameon=False)
    files = tuple(folder / f"effort{suffix}" for suffix in PLOT_SUFFIXES)
    for path in files:
        with replaced_whole(path) as new:
            figure.savefig(new, dpi=160)
    return files


def _draw(axes: Axes, systems: Sequence[SystemEffort], names: list[str], iou_threshold: float) -> None:
    bar_width = GROUP_WIDTH / len(systems)
    for place, system in enumerate(systems):
        offset = (place - (len(systems) - 1) / 2) * bar_width
        color, hatch = COLORS[place % len(COLORS)], HATCHES[(place // len(COLORS)) % len(HATCHES)]
        values = system.per_sequence(iou_threshold)
        there = [(index + offset, values[name]) for index, name in enumerate(names) if name in values]
        positions, heights = zip(*there, strict=True) if there else ((), ())
        axes.bar(positions, heights, bar_width, color=color, hatch=hatch, label=system.name)
        if values:
            _draw_mean(axes, len(names) + 0.3 + offset, bar_width, color, list(values.values()))
    axes.axvline(len(names) - 0.35, color="#888888", linewidth=0.8)
    axes.set(ylim=(0, None), title=f"Corrections and flags per 100 visible frames, IoU at least {iou_threshold:g}")
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)


def _draw_mean(axes: Axes, position: float, width: float, color: str, values: list[float]) -> None:
    interval = mean_with_interval(values)
    axes.bar([position], [interval.mean], width, color=color)
    if interval.bounds is not None:
        axes.vlines([position], *interval.bounds, color="#222222", linewidth=1)
