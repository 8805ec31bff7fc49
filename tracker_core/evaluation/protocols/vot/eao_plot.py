"""The curve behind expected average overlap: what overlap is to be expected of a sequence by its length."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

from matplotlib.figure import Figure

from tracker_core.evaluation.plots import COLORS, PLOT_SUFFIXES
from tracker_core.evaluation.protocols.vot.supervised import EAO_HIGH, EAO_LOW, SupervisedMeasures
from tracker_core.staging import replaced_whole

NAME = "expected-overlap"


def write_eao_plot(folder: Path, trackers: Sequence[tuple[str, SupervisedMeasures]]) -> tuple[Path, ...]:
    """Write the curves of at least one tracker; returns both files. The grey band is what EAO is the mean over."""
    figure = Figure(figsize=(7.6, 4.4), layout="constrained")
    axes = figure.add_subplot()
    axes.axvspan(EAO_LOW, EAO_HIGH, color="#eeeeee", zorder=0)
    for (name, measures), color in zip(trackers, cycle(COLORS), strict=False):
        label = f"{name} [{'-' if measures.eao is None else format(measures.eao, '.3f')}]"
        frames = range(1, len(measures.eao_curve))
        axes.plot(frames, measures.eao_curve[1:], color=color, linewidth=2, label=label)
    axes.set(xlabel="frames of a sequence", ylabel="expected overlap", ylim=(0, 1.01))
    axes.set_xlim(left=1)
    axes.set_title("Expected overlap by length\nVOT2016 supervised", fontsize=11)
    axes.grid(color="#dddddd", linewidth=0.6)
    figure.legend(loc="outside right upper", title="tracker [EAO]", frameon=False)
    files = []
    for suffix in PLOT_SUFFIXES:
        path = folder / f"{NAME}{suffix}"
        with replaced_whole(path) as new:
            figure.savefig(new, dpi=160)
        files.append(path)
    return tuple(files)
