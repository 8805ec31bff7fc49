"""A page for each sequence: where each tracker failed, with pictures of the worst moments.

    <folder>/pages/<sequence>.md         tables
    <folder>/pages/<sequence>-0012.jpg   frame 12 with the true box, and those of all trackers

A failure is a stretch of frames whose boxes have an IoU below 0.5. Frames count from 0, the first one
tracked. Of several seeds, the first is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from dlst_gui.commands.sequence_runs.sequences import BenchmarkSequence
from dlst_gui.video import open_source
from tracker_core import Box, Frame
from tracker_core.evaluation.otb import frame_ious, otb_rows
from tracker_core.evaluation.plots import COLORS
from tracker_core.evaluation.report import format_table
from tracker_core.evaluation.result_files import replace_bytes, replace_text
from tracker_core.evaluation.summary import RunResult, TrackerResults

FOLDER = "pages"
FAILED_BELOW = 0.5  # IoU
PICTURES = 6  # of a sequence
WIDTH = 480  # pixels of a picture, at most
TRUE_COLOR = "#ffffff"


@dataclass(frozen=True, slots=True)
class Failure:
    """Frames `first` to `last` of a tracker's boxes, both included; `worst` has the lowest IoU."""

    tracker: str
    first: int
    last: int
    worst: int
    iou: float


def write_pages(folder: Path, sequences: Sequence[BenchmarkSequence], trackers: Sequence[TrackerResults]) -> Path:
    """Write the pages of all sequences that some tracker finished; gives back their folder."""
    pages = folder / FOLDER
    for sequence in sequences:
        runs = {
            tracker.name: run for tracker in trackers if (run := _first_run(tracker, sequence.name)) is not None
        }
        if runs:
            failures = [each for name, run in runs.items() for each in failures_of(name, run, sequence)]
            frames = _pictured(failures)
            _write_pictures(pages, sequence, runs, frames)
            replace_text(pages / f"{sequence.name}.md", _page(sequence, runs, failures, frames))
    return pages


def failures_of(tracker: str, run: RunResult, sequence: BenchmarkSequence) -> list[Failure]:
    """Stretches of frames with a true box and a wrong one; frames without a true box end none."""
    assert run.rows is not None
    ious = frame_ious(run.rows, otb_rows(sequence.ground_truth))
    wrong = [index for index in np.flatnonzero(np.isfinite(ious)).tolist() if ious[index] < FAILED_BELOW]
    known = np.cumsum(np.isfinite(ious))
    failures: list[Failure] = []
    for index in wrong:
        last = failures[-1] if failures else None
        if last is not None and known[index] == known[last.last] + 1:
            worst = min((last.worst, index), key=lambda each: float(ious[each]))
            failures[-1] = Failure(tracker, last.first, index, worst, float(ious[worst]))
        else:
            failures.append(Failure(tracker, index, index, index, float(ious[index])))
    return failures


def _first_run(tracker: TrackerResults, sequence: str) -> RunResult | None:
    runs = [run for run in tracker.runs if run.score.sequence == sequence and run.rows is not None]
    return min(runs, key=lambda run: run.seed) if runs else None


def _pictured(failures: Sequence[Failure]) -> list[int]:
    """The worst frames of the longest failures, in order."""
    longest = sorted(failures, key=lambda each: each.first - each.last)[:PICTURES]
    return sorted({each.worst for each in longest})


def _page(
    sequence: BenchmarkSequence,
    runs: dict[str, RunResult],
    failures: Sequence[Failure],
    frames: Sequence[int],
) -> str:
    rows = [
        (
            name,
            f"{run.score.auc:.3f}",
            f"{run.score.os:.3f}",
            f"{run.score.dp:.3f}",
            str(sum(each.last - each.first + 1 for each in failures if each.tracker == name)),
            str(next((each.first for each in failures if each.tracker == name), "-")),
        )
        for name, run in runs.items()
    ]
    header = ("tracker", "AUC", "OS", "DP", f"frames below {FAILED_BELOW:g}", "first of them")
    spans = [
        (
            each.tracker,
            f"{each.first} to {each.last}",
            str(each.last - each.first + 1),
            str(each.worst),
            f"{each.iou:.2f}",
        )
        for each in failures
    ]
    told = format_table(("tracker", "frames", "count", "worst", "IoU"), spans, left=(0, 1)) if spans else "none"
    colors = ", ".join(f"{name} {color}" for name, color in zip(runs, cycle(COLORS), strict=False))
    pictures = "\n\n".join(
        f"Frame {frame}\n\n![frame {frame}]({picture_name(sequence.name, frame)})" for frame in frames
    )
    return (
        f"# {sequence.name}\n\n{sequence.frame_count} frames from {sequence.path}\n\n"
        "The first one tracked is frame 0.\n\n```\n"
        f"{format_table(header, rows)}\n```\n\n## Failures: frames with an IoU below {FAILED_BELOW:g}\n\n"
        f"```\n{told}\n```\n\nTrue boxes are white; {colors}\n\n{pictures}\n"
    )


def picture_name(sequence: str, frame: int) -> str:
    """Beside the page."""
    return f"{sequence}-{frame:04d}.jpg"


def _write_pictures(
    pages: Path, sequence: BenchmarkSequence, runs: dict[str, RunResult], frames: Sequence[int]
) -> None:
    if not frames:
        return
    pages.mkdir(parents=True, exist_ok=True)
    with open_source(sequence.path) as source:
        for index in frames:
            picture = _drawn(source.read(sequence.first_frame + index), sequence.ground_truth[index], runs, index)
            encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()
            replace_bytes(pages / picture_name(sequence.name, index), encoded)


def _drawn(frame: Frame, true_box: Box | None, runs: dict[str, RunResult], index: int) -> NDArray[np.uint8]:
    """(height, width, 3) uint8 BGR, made smaller."""
    scale = min(1.0, WIDTH / frame.shape[1])
    size = (max(1, round(frame.shape[1] * scale)), max(1, round(frame.shape[0] * scale)))
    picture = cv2.cvtColor(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2BGR)
    boxes: list[tuple[Box | None, str]] = [(true_box, TRUE_COLOR)]
    for run, color in zip(runs.values(), cycle(COLORS), strict=False):
        assert run.rows is not None
        boxes.append((Box.from_xywh(run.rows[index]).shifted(-1, -1), color))
    for box, color in boxes:
        if box is not None and box.is_valid:
            corner = (round(box.x * scale), round(box.y * scale))
            far = (round(box.right * scale), round(box.bottom * scale))
            cv2.rectangle(picture, corner, far, _bgr(color), 2)
    return np.asarray(picture, dtype=np.uint8)


def _bgr(color: str) -> tuple[int, int, int]:
    return int(color[5:7], 16), int(color[3:5], 16), int(color[1:3], 16)
