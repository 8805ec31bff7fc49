"""The boxes of one run as a file: OTB rows, CSV or JSON lines.

- OTB: `x,y,width,height` per tracked frame, the first pixel being 1, to a ten-thousandth of a pixel.
- CSV and JSON lines: `frame` (0-based), `timestamp_s`, `x`, `y`, `width`, `height` (pixels, 0-based), `score`
  (empty or null on a frame with a manual box), `is_found`, `is_human`.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path

from dlst_gui.commands.track.command import LabelFormat
from dlst_gui.tracking.tracking_run import FrameTracked
from tracker_core.evaluation.otb import otb_rows
from tracker_core.evaluation.result_files import format_rows, replace_text

COLUMNS = ("frame", "timestamp_s", "x", "y", "width", "height", "score", "is_found", "is_human")
_FORMAT_OF_SUFFIX = {f".{label_format.value}": label_format for label_format in LabelFormat}

TimestampOf = Callable[[int], float]
"""Seconds from the source's start, by 0-based frame index."""


def label_format_for(path: Path, chosen: LabelFormat | None) -> LabelFormat:
    """The chosen format, else the one of the file's suffix, else OTB."""
    return chosen or _FORMAT_OF_SUFFIX.get(path.suffix.lower(), LabelFormat.OTB)


def write_labels(
    path: Path, frames: Sequence[FrameTracked], label_format: LabelFormat, timestamp_of: TimestampOf
) -> None:
    """Write one row per frame; the file is replaced whole."""
    match label_format:
        case LabelFormat.OTB:
            text = format_rows(otb_rows([tracked.result.box for tracked in frames]))
        case LabelFormat.CSV:
            text = _csv_text(frames, timestamp_of)
        case LabelFormat.JSONL:
            rows = (dict(zip(COLUMNS, _row(tracked, timestamp_of), strict=True)) for tracked in frames)
            text = "".join(f"{json.dumps(row)}\n" for row in rows)
    replace_text(path, text)


def json_score(score: float) -> float | None:
    """JSON knows no infinity, which stands for a manual box."""
    return score if math.isfinite(score) else None


def _csv_text(frames: Sequence[FrameTracked], timestamp_of: TimestampOf) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for tracked in frames:
        writer.writerow(int(value) if isinstance(value, bool) else value for value in _row(tracked, timestamp_of))
    return text.getvalue()


def _row(tracked: FrameTracked, timestamp_of: TimestampOf) -> tuple[int | float | bool | None, ...]:
    box, result = tracked.result.box, tracked.result
    return (
        tracked.frame_index,
        round(timestamp_of(tracked.frame_index), 6),
        *(round(float(value), 4) for value in box.xywh),
        json_score(result.score),
        result.is_found,
        tracked.is_human,
    )
