"""Figure 3 of a real sequence: `python -m tests.measuring.sampling_figure SEQUENCE --frame 63 --out DIR`.

The sequence is tracked from its first true box up to the frame. What both ways of drawing make of what the tracker
knew there goes into `DIR/sampling-<sequence>-<frame>.svg` and `.png`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import matplotlib.style

from dlst_gui.evidence.figures.looks import STYLE
from dlst_gui.evidence.figures.sampling_figure import SampledFrame, draw_sampling_figure
from dlst_gui.tracking.allocator import prepare_for_torch
from dlst_gui.tracking.devices import cpu_threads
from dlst_gui.tracking.tracker_factory import TrackerSettings, config_of, make_tracker
from dlst_gui.video import VideoSource, open_source
from tracker_core import Box, Diagnostics, Speed
from tracker_core.evidence import Redrawing, as_tracked

PNG_DPI = 300


def seen_on(source: VideoSource, frame_index: int, settings: TrackerSettings) -> Diagnostics:
    """What the tracker sees there when it comes from the first frame."""
    tracker = make_tracker(settings)
    tracker.initialize(source.read(0), cast("Box", (source.ground_truth or ())[0]))
    for index in range(1, frame_index + 1):
        seen = tracker.track(source.read(index), with_diagnostics=index == frame_index).diagnostics
    return cast("Diagnostics", seen)


def sampled_frame(
    source: VideoSource,
    frame_index: int,
    seen: Diagnostics,
    settings: TrackerSettings,
    *,
    has_pictures: bool = True,
) -> SampledFrame:
    again = Redrawing.of(seen, config_of(settings), frame_width=source.width, frame_height=source.height)
    truth = source.ground_truth or ()
    return SampledFrame(
        before=source.read(frame_index - 1) if has_pictures else None,
        pixels=source.read(frame_index) if has_pictures else None,
        truth_before=cast("Box", truth[frame_index - 1]),
        previous=seen.previous_box,
        localized=seen.localized_box,
        truth=cast("Box", truth[frame_index]),
        normal=again.normal(seed=settings.seed),
        combined=as_tracked(seen),
    )


def write(sampled: SampledFrame, stem: Path) -> None:
    with matplotlib.style.context(["default", dict(STYLE)]):
        figure = draw_sampling_figure(sampled)
        stem.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(stem.with_suffix(".svg"), metadata={"Creator": "DLST Studio", "Date": None})
        figure.savefig(stem.with_suffix(".png"), dpi=PNG_DPI, metadata={"Software": "DLST Studio"})


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sequence", type=Path)
    parser.add_argument("--frame", type=int, required=True, help="0-based, after the first")
    parser.add_argument("--preset", default="dlst")
    parser.add_argument("--speed", default="fast")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-pictures", action="store_true", help="boxes alone: benchmarks' frames are not ours")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    prepare_for_torch()
    settings = TrackerSettings(
        preset=options.preset, seed=options.seed, speed=cast("Speed", options.speed), threads=1
    )
    with cpu_threads(1), open_source(options.sequence) as source:
        seen = seen_on(source, options.frame, settings)
        sampled = sampled_frame(source, options.frame, seen, settings, has_pictures=not options.no_pictures)
    write(sampled, options.out / f"sampling-{options.sequence.name}-{options.frame}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
