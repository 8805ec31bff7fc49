"""Results by attribute: tables as Table 1 has them, numbers for results.json, and a plot per attribute.

The curve of an attribute is the mean over the sequences that hold it. The OTB toolkit draws no plot of an
attribute that fewer than two sequences hold; here there is one, with their number.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from math import ceil
from pathlib import Path

from matplotlib.figure import Figure

from tracker_core.evaluation.otb import DISTANCE_THRESHOLDS, IOU_THRESHOLDS, Curve, Curves
from tracker_core.evaluation.plots import COLORS, PLOT_SUFFIXES
from tracker_core.evaluation.protocols.attributes import KNOWN_CODES, OTB_ATTRIBUTES
from tracker_core.evaluation.report import JsonValue, format_table
from tracker_core.evaluation.summary import TrackerResults, common_sequences, comparable
from tracker_core.staging import replaced_whole

COLUMNS = 4  # plots beside each other

Attributes = Mapping[str, Sequence[str]]
"""Codes by sequence."""

MEASURES: Mapping[str, Callable[[Curves], float]] = {
    "DP": lambda curves: curves.dp,
    "OS": lambda curves: curves.os,
    "AUC": lambda curves: curves.auc,
}


@dataclass(frozen=True, slots=True)
class ByAttribute:
    """Which sequences hold an attribute."""

    sequences: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, attributes: Attributes) -> ByAttribute:
        """OTB's eleven in the order of Table 1, then others; those that no sequence holds are left out."""
        order = (*OTB_ATTRIBUTES, *sorted(KNOWN_CODES - set(OTB_ATTRIBUTES)))
        holders = {code: tuple(name for name, codes in attributes.items() if code in codes) for code in order}
        return cls({code: names for code, names in holders.items() if names})

    def of_sequences(self, sequences: Collection[str]) -> ByAttribute:
        """What some sequences hold."""
        held = {code: tuple(name for name in names if name in sequences) for code, names in self.sequences.items()}
        return ByAttribute({code: names for code, names in held.items() if names})

    def curves(self, tracker: TrackerResults, code: str) -> Curves | None:
        """None where the tracker has finished none of the sequences."""
        part = tracker.of_sequences(self.sequences[code])
        return part.curves() if part.runs else None


def attribute_tables(trackers: Sequence[TrackerResults], by: ByAttribute) -> str:
    """DP, OS and AUC in percent, for a terminal; over what all trackers finished, as the ranking."""
    if common := common_sequences(tuple(trackers)):
        trackers = comparable(tuple(trackers))
        by = by.of_sequences(common)
    counts = ("sequences", "", *(str(len(names)) for names in by.sequences.values()))
    tables = []
    for name, number in MEASURES.items():
        rows = [counts]
        for tracker in trackers:
            if tracker.runs:
                found = (by.curves(tracker, code) for code in by.sequences)
                cells = ("-" if curves is None else f"{100 * number(curves):.1f}" for curves in found)
                rows.append((tracker.name, f"{100 * number(tracker.curves()):.1f}", *cells))
        tables.append(f"{name} by attribute (%)\n" + format_table((name, "mean", *by.sequences), rows))
    return "\n\n".join(tables)


def attributes_object(trackers: Sequence[TrackerResults], by: ByAttribute) -> Mapping[str, JsonValue]:
    """For results.json: which sequences hold each code, and each tracker's numbers by code."""
    numbers: dict[str, JsonValue] = {}
    for tracker in trackers:
        found = ((code, by.curves(tracker, code)) for code in by.sequences)
        numbers[tracker.name] = {
            code: {"auc": curves.auc, "os": curves.os, "dp": curves.dp}
            for code, curves in found
            if curves is not None
        }
    return {"sequences": dict(by.sequences), "trackers": numbers}


def write_attribute_plots(
    folder: Path, trackers: Sequence[TrackerResults], by: ByAttribute, *, name: str = ""
) -> tuple[Path, ...]:
    """Success and precision, a plot per attribute in one picture each; returns the four files.

    `name` follows `success-attributes` and `precision-attributes` in their names.
    """
    shown = [tracker for tracker in trackers if tracker.runs]
    kinds: tuple[tuple[str, Curve, Callable[[Curves], Curve], str, str], ...] = (
        ("success", IOU_THRESHOLDS, lambda curves: curves.success, "AUC", "IoU threshold"),
        ("precision", DISTANCE_THRESHOLDS, lambda curves: curves.precision, "DP", "centre error threshold (px)"),
    )
    files = []
    for kind, thresholds, curve, measure, label in kinds:
        figure = _draw(shown, by, thresholds, curve, measure)
        figure.supxlabel(f"{label}; [{measure}]; (sequences)", fontsize=10)
        figure.supylabel("share of frames", fontsize=10)
        for suffix in PLOT_SUFFIXES:
            path = folder / f"{kind}-attributes{name}{suffix}"
            with replaced_whole(path) as new:
                figure.savefig(new, dpi=120)
            files.append(path)
    return tuple(files)


def _draw(
    trackers: Sequence[TrackerResults],
    by: ByAttribute,
    thresholds: Curve,
    curve: Callable[[Curves], Curve],
    measure: str,
) -> Figure:
    rows = ceil(len(by.sequences) / COLUMNS)
    figure = Figure(figsize=(3.6 * COLUMNS, 3.2 * rows), layout="constrained")
    for number, (code, names) in enumerate(by.sequences.items(), start=1):
        axes = figure.add_subplot(rows, COLUMNS, number)
        for tracker, color in zip(trackers, cycle(COLORS), strict=False):
            curves = by.curves(tracker, code)
            if curves is not None:
                label = f"{tracker.name} [{MEASURES[measure](curves):.3f}]"
                axes.plot(thresholds, curve(curves), color=color, linewidth=1.6, label=label)
        axes.set(xlim=(0, thresholds[-1]), ylim=(0, 1.01))
        axes.set_title(f"{OTB_ATTRIBUTES.get(code, code)} ({len(names)})", fontsize=10)
        axes.grid(color="#dddddd", linewidth=0.6)
        if axes.lines:
            axes.legend(fontsize=7, frameon=False)
    return figure
