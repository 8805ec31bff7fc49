"""The memory of a long run as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from dlst_gui.commands.soak.memory_log import MemorySample, memory_trend, settled
from dlst_gui.files import replaced_whole
from tracker_core.evaluation.plots import COLORS


def write_memory_plot(path: Path, samples: Sequence[MemorySample], title: str) -> None:
    """Draw resident size over frames, and the line through the last three quarters."""
    figure = Figure(figsize=(7.6, 4.4), layout="constrained")
    axes = figure.add_subplot()
    frames = [sample.frame_count for sample in samples]
    sizes = [sample.resident_mib for sample in samples]
    axes.plot(frames, sizes, color=COLORS[0], linewidth=1.2, label="resident")
    late = settled(samples)
    trend = memory_trend(late)
    if trend is not None:
        ends = (late[0].frame_count, late[-1].frame_count)
        line = [trend.at(frame_count) for frame_count in ends]
        label = f"{trend.slope_mib:+.2f} MiB per 1,000 frames"
        axes.plot(ends, line, color=COLORS[1], linestyle="--", linewidth=2, label=label)
    axes.set(xlabel="tracked frames", ylabel="resident memory (MiB)", title=title)
    axes.set_ylim(0, 1.1 * max(sizes))
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.legend(frameon=False, loc="lower right")
    with replaced_whole(path) as new:
        figure.savefig(new, dpi=160)
