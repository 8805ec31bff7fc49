"""The benchmark's two plots, as PNG and SVG."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from tracker_core.evaluation.otb import DISTANCE_THRESHOLDS, IOU_THRESHOLDS, Curve, Curves
from tracker_core.evaluation.summary import TrackerResults
from tracker_core.staging import replaced_whole

# Told apart by people with any colour vision. Source: Okabe and Ito, "Color Universal Design", 2008; their yellow
# is too pale for a line on white.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
PLOT_NAMES = ("success", "precision")
PLOT_SUFFIXES = (".png", ".svg")
LINES = ("-", "--", "-.", ":")


@dataclass(frozen=True, slots=True)
class _Plot:
    """One of the two: what is drawn, and by which number trackers are ranked."""

    name: str
    title: str
    x_label: str
    y_label: str
    thresholds: Curve
    curve: Callable[[Curves], Curve]
    number: Callable[[Curves], float]
    number_name: str


def write_plots(
    folder: Path, trackers: tuple[TrackerResults, ...], *, name: str = "", protocol: str = "OPE"
) -> tuple[Path, ...]:
    """Write success and precision plots of those that finished a run, at least one; returns the four files.

    Args:
        folder: is made.
        trackers: in the order of their colours.
        name: follows `success` and `precision` in the files' names.
        protocol: named in the titles.
    """
    trackers = tuple(tracker for tracker in trackers if tracker.runs)
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for plot in _plots():
        figure = _draw(plot, trackers, protocol)
        for suffix in PLOT_SUFFIXES:
            path = folder / f"{plot.name}{name}{suffix}"
            with replaced_whole(path) as new:
                figure.savefig(new, dpi=160)
            files.append(path)
    return tuple(files)


def _plots() -> tuple[_Plot, _Plot]:
    return (
        _Plot(
            PLOT_NAMES[0],
            "Success",
            "IoU threshold",
            "share of frames above",
            IOU_THRESHOLDS,
            lambda curves: curves.success,
            lambda curves: curves.auc,
            "AUC",
        ),
        _Plot(
            PLOT_NAMES[1],
            "Precision",
            "centre error threshold (px)",
            "share of frames within",
            DISTANCE_THRESHOLDS,
            lambda curves: curves.precision,
            lambda curves: curves.dp,
            "at 20 px",
        ),
    )


def _draw(plot: _Plot, trackers: tuple[TrackerResults, ...], protocol: str) -> Figure:
    styles = list(zip(cycle(COLORS), _line_styles(len(trackers)), strict=False))
    order = sorted(range(len(trackers)), key=lambda index: -plot.number(trackers[index].curves()))
    figure = Figure(figsize=(7.6, 4.4), layout="constrained")
    axes = figure.add_subplot()
    for index in order:
        tracker, (color, line) = trackers[index], styles[index]
        curves = tracker.curves()
        label = f"{tracker.name} [{plot.number(curves):.3f}]"
        axes.plot(plot.thresholds, plot.curve(curves), color=color, linestyle=line, linewidth=2, label=label)
        if len(tracker.seeds) > 1:
            per_seed = np.stack([plot.curve(tracker.of_seed(seed).curves()) for seed in tracker.seeds])
            low, high = per_seed.min(axis=0), per_seed.max(axis=0)
            axes.fill_between(plot.thresholds, low, high, color=color, alpha=0.15, linewidth=0)
    axes.set(xlim=(0, plot.thresholds[-1]), ylim=(0, 1.01), xlabel=plot.x_label, ylabel=plot.y_label)
    axes.set_title(f"{plot.title} plot, {_sequences(trackers)}\n{protocol}", fontsize=11)
    axes.grid(color="#dddddd", linewidth=0.6)
    figure.legend(loc="outside right upper", title=f"tracker [{plot.number_name}]", frameon=False)
    return figure


def _line_styles(count: int) -> list[str]:
    """A new line style each time the colours are used up, so that no two trackers look the same."""
    return [LINES[(index // len(COLORS)) % len(LINES)] for index in range(count)]


def _sequences(trackers: tuple[TrackerResults, ...]) -> str:
    names = {name for tracker in trackers for name in tracker.sequences}
    return next(iter(names)) if len(names) == 1 else f"{len(names)} sequences"
