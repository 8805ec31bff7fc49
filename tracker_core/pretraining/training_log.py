"""What a training was like: a line of JSON every some steps, and a plot of all lines."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from tracker_core.staging import replaced_whole

LOG_NAME = "log.jsonl"
PLOT_NAME = "losses.png"
_COLORS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7")  # Okabe and Ito 2008


@dataclass(frozen=True, slots=True)
class Report:
    """What some steps, or a judgement, were like: means by the names they are told under.

    Attributes:
        losses: what descends.
        uses: what the trained network is good for.
    """

    losses: dict[str, float]
    uses: dict[str, float]

    def __str__(self) -> str:
        losses = ", ".join(f"{name} {value:.3f}" for name, value in self.losses.items())
        uses = ", ".join(f"{name} {value:.2f}" for name, value in self.uses.items())
        return f"{losses}; {uses}"


@dataclass(frozen=True, slots=True)
class LogEntry:
    """Means over the steps since the last entry of its kind.

    Attributes:
        kind: of what is trained on, or of held-out pictures.
        rate: steps per second.
    """

    kind: Literal["training", "held-out"]
    step: int
    minutes: float
    rate: float
    report: Report

    def line(self, progress: float) -> str:
        """It for a reader, `progress` (0..1) of the way to the end."""
        left = f", {self.minutes * (1 / progress - 1):.1f} min left" if 0 < progress < 1 else ""
        speed = f", {self.rate:.2f} steps/s" if self.rate else ""
        return f"{self.kind}: step {self.step}, {self.minutes:.1f} min{left}{speed}: {self.report}"


class TrainingLog:
    """The log in a folder; lines after the step a training goes on from are dropped.

    `uses_label` says in the plot what the uses are, and which way is better.
    """

    def __init__(self, folder: Path, *, from_step: int, uses_label: str) -> None:
        self._uses_label = uses_label
        self._path = folder / LOG_NAME
        self._plot = folder / PLOT_NAME
        self._entries = [entry for entry in _read(self._path) if entry.step <= from_step] if from_step else []
        with replaced_whole(self._path) as new:
            new.write_text("".join(map(_line, self._entries)), "utf-8")

    def add(self, entry: LogEntry) -> None:
        """Write one more line."""
        self._entries.append(entry)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(_line(entry))

    def plot(self) -> None:
        """Draw losses and what the network is good for, over time."""
        figure = Figure(figsize=(8, 7), layout="constrained")
        losses, uses = figure.subplots(2, 1, sharex=True)
        for kind, line, hidden in (("training", "-", "_"), ("held-out", "--", "")):  # "_" is left out of legends
            entries = [entry for entry in self._entries if entry.kind == kind]
            minutes = [entry.minutes for entry in entries]
            names = list(entries[0].report.losses) if entries else []
            for name, color in zip(names, _COLORS, strict=False):
                values = [entry.report.losses[name] for entry in entries]
                losses.plot(minutes, values, line, color=color, label=hidden + name, linewidth=1.2)
            names = list(entries[0].report.uses) if entries else []
            for name, color in zip(names, _COLORS[1:], strict=False):
                values = [entry.report.uses.get(name, math.nan) for entry in entries]
                uses.plot(minutes, values, line, color=color, label=hidden + name, linewidth=1.2)
        losses.set(
            ylabel="loss (lower is better)", yscale="log", title="solid: training, dashed: held-out pictures"
        )
        losses.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        losses.yaxis.set_major_formatter("{x:g}")
        losses.yaxis.set_minor_locator(NullLocator())
        uses.set(xlabel="minutes", ylabel=self._uses_label)
        for axes in (losses, uses):
            axes.grid(color="#dddddd", linewidth=0.6)
            axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize=8)
        with replaced_whole(self._plot) as new:
            figure.savefig(new, dpi=130)


def _line(entry: LogEntry) -> str:
    return json.dumps(asdict(entry)) + "\n"


def _read(path: Path) -> list[LogEntry]:
    """Complete lines of this format; the last may have been cut off."""
    entries = []
    for line in path.read_text("utf-8").splitlines() if path.is_file() else []:
        try:
            fields = json.loads(line)
            entries.append(LogEntry(**{**fields, "report": Report(**fields["report"])}))
        except (ValueError, TypeError, KeyError):
            continue
    return entries
