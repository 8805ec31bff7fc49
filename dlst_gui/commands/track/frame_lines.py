"""Tracked frames as lines of JSON, without loss."""

from __future__ import annotations

import json
import math

from dlst_gui.commands.track.trace_file import json_score
from dlst_gui.tracking.tracking_run import FrameTracked
from tracker_core import Box, TrackResult, UpdateKind


def frame_line(tracked: FrameTracked) -> str:
    """One frame, without its diagnostics."""
    result = tracked.result
    return json.dumps(
        {
            "frame": tracked.frame_index,
            "box": list(map(float, result.box.xywh)),
            "score": json_score(float(result.score)),
            "is_found": bool(result.is_found),
            "is_human": tracked.is_human,
            "update": result.update.value,
            "elapsed_s": tracked.elapsed_s,
        }
    )


def read_frame(line: bytes, run_id: int) -> FrameTracked | None:
    """The frame of a line; None where the line is none."""
    try:
        content: object = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    try:
        x, y, width, height = map(float, content["box"])
        score = math.inf if content["score"] is None else float(content["score"])
        result = TrackResult(
            Box(x, y, width, height), score, bool(content["is_found"]), update=UpdateKind(content["update"])
        )
        is_human, elapsed_s = bool(content["is_human"]), float(content["elapsed_s"])
        return FrameTracked(run_id, int(content["frame"]), result, is_human, elapsed_s)
    except (KeyError, TypeError, ValueError):
        return None
