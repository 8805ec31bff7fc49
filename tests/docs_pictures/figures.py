"""The figures of docs/explain.md: `python -m tests.docs_pictures.figures OUT`.

Frames of the shipped clip, tracked on one thread from its first true box, as PNG files in OUT (docs/images). Look
at each before it is committed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from dlst_gui.evidence.explained_frame import frame_title
from dlst_gui.evidence.figures.frame_figure import FigureFormat, FigureOptions, View, figure_bytes
from dlst_gui.evidence.figures.page import Panel, Width
from dlst_gui.evidence.figures.subject import Picture, Subject
from dlst_gui.tracking.allocator import prepare_for_torch
from dlst_gui.tracking.devices import cpu_threads
from dlst_gui.tracking.tracker_factory import TrackerSettings, make_tracker
from dlst_gui.video import VideoSource, open_source
from dlst_gui.video.demo_clip import demo_clip
from tracker_core import Box
from tracker_core.evidence import FrameEvidence


@dataclass(frozen=True, slots=True)
class DocsFigure:
    """One file; the frame is 0-based."""

    name: str
    preset: str
    frame_index: int
    options: FigureOptions = field(default_factory=FigureOptions)


FIGURES = (
    DocsFigure("explain-two-columns", "dlst-studio", 80, FigureOptions(dpi=200)),
    DocsFigure("explain-one-column", "dlst", 60, FigureOptions(width=Width.ONE_COLUMN, dpi=200)),
    DocsFigure(
        "explain-lost",
        "dlst-studio",
        100,
        FigureOptions((Panel.PICTURE, Panel.CANDIDATES, Panel.SCORES), view=View.FRAME, dpi=200),
    ),
)


def subject_on(source: VideoSource, figure: DocsFigure) -> Subject:
    settings = TrackerSettings(preset=figure.preset, speed="fast", threads=1)
    truth = source.ground_truth or ()
    tracker = make_tracker(settings)
    tracker.initialize(source.read(0), cast("Box", truth[0]))
    last = figure.frame_index
    for index in range(1, last + 1):
        result = tracker.track(source.read(index), with_diagnostics=index == last)
    evidence = FrameEvidence(last, 1, result, system=f"{figure.preset} fast", timestamp_s=source.timestamp_s(last))
    assert result.diagnostics is not None
    return Subject(
        result.diagnostics,
        Picture.of_frame(source.read(last)),
        frame_title("demo", 1, "ladybird", evidence),
        result.box,
        result.score,
        true_box=truth[last],
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    options = parser.parse_args(arguments)
    clip = demo_clip()
    if clip is None:
        parser.error("this checkout lacks the program's clip")
    prepare_for_torch()
    with cpu_threads(1), open_source(clip) as source:
        for figure in FIGURES:
            content = figure_bytes(subject_on(source, figure), figure.options, FigureFormat.PNG)
            (options.out / f"{figure.name}.png").write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
