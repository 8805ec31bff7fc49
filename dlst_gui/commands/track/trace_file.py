"""A run's diagnostics as a file, for studying why the tracker did what it did.

One JSON object per line and frame. Boxes are [x, y, width, height] in 0-based pixels; what a variant does not have
is null.

    system         which tracker: "dlst-studio", "dlst fast", "dlst-studio fast +fear-xs"
    frame, timestamp_s, box, score, is_found, is_human, elapsed_ms
    previous_box, search_region, localized_box, chosen_box, regressed_box
    matched_box    what the matching head is surest of
    matched_confidence  0..1, the overlap that it expects of that box
    guided_box     the guide's own choice
    guided_confidence  0..1, as the guide says
    guide_trust    0..1, how much the guide still counts for this object
    response       {"peak": [x, y] in the image, "max", "mean"}
    candidates     {"count", "max", "mean", "std", "positive": how many score above 0}
    best           [{"box", "origin": "previous" | "localized" | "last_seen" | "matched" | "guided", "score"}],
                   best first
    update         {"kind", "classifier_losses", "localizer_losses"}
    stage_ms       {stage: milliseconds}, in order

Frames with a manual box have no diagnostics: only the keys of the first two lines and `update.kind`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path

from dlst_gui.tracking.tracking_run import FrameTracked
from tracker_core import Box, CandidateOrigin, Candidates, Diagnostics, ResponseMap
from tracker_core.evaluation.report import JsonValue

_KEYS = {"system", "frame", "timestamp_s", "box", "is_found"}
_LONGEST_LINE = 1 << 20
"""Characters; lines of traces have some thousands."""


def is_trace(path: Path) -> bool:
    """Whether a file was written here, by its first line."""
    try:
        with path.open(encoding="utf-8") as file:
            first: object = json.loads(file.readline(_LONGEST_LINE))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(first, dict) and first.keys() >= _KEYS


def trace_line(tracked: FrameTracked, timestamp_s: float, system: str) -> str:
    """One line of the file; the keys are in this module's docstring."""
    return json.dumps({"system": system, **trace_object(tracked, timestamp_s)})


def trace_object(tracked: FrameTracked, timestamp_s: float) -> Mapping[str, JsonValue]:
    """One frame, without the system."""
    result = tracked.result
    frame: Mapping[str, JsonValue] = {
        "frame": tracked.frame_index,
        "timestamp_s": round(timestamp_s, 6),
        "box": _numbers(result.box),
        "score": json_score(result.score),
        "is_found": result.is_found,
        "is_human": tracked.is_human,
        "elapsed_ms": round(tracked.elapsed_s * 1000, 3),
    }
    if result.diagnostics is None:
        return {**frame, "update": {"kind": result.update.value}}
    return {**frame, **_explanation(result.diagnostics)}


def _explanation(diagnostics: Diagnostics) -> Mapping[str, JsonValue]:
    update = diagnostics.update
    return {
        "previous_box": _numbers(diagnostics.previous_box),
        "search_region": _numbers(diagnostics.search_region),
        "localized_box": _numbers(diagnostics.localized_box),
        "chosen_box": _numbers(diagnostics.chosen_box),
        "regressed_box": _numbers(diagnostics.regressed_box),
        "matched_box": _numbers(diagnostics.matched_box),
        "matched_confidence": _share(diagnostics.matched_box, diagnostics.matched_confidence),
        "guided_box": _numbers(diagnostics.guided_box),
        "guided_confidence": _share(diagnostics.guided_box, diagnostics.guided_confidence),
        "guide_trust": _share(diagnostics.guided_box, diagnostics.guide_trust),
        "response": _response(diagnostics.response_map),
        "candidates": _candidates(diagnostics.candidates),
        "best": _best(diagnostics.candidates),
        "update": {
            "kind": update.kind.value,
            "classifier_losses": list(update.classifier_losses),
            "localizer_losses": list(update.localizer_losses),
        },
        "stage_ms": {stage: round(milliseconds, 3) for stage, milliseconds in diagnostics.stage_ms},
    }


def _numbers(box: Box | None) -> JsonValue:
    return None if box is None else [round(float(value), 4) for value in box.xywh]


def _share(box: Box | None, share: float) -> JsonValue:
    """What is said of a box; null where there is none."""
    return None if box is None else round(share, 4)


def _response(response: ResponseMap | None) -> JsonValue:
    if response is None:
        return None
    return {
        "peak": [round(value, 4) for value in response.peak],
        "max": float(response.values.max()),
        "mean": float(response.values.mean()),
    }


def _candidates(candidates: Candidates) -> JsonValue:
    scores = candidates.scores
    return {
        "count": len(scores),
        "max": float(scores.max()),
        "mean": float(scores.mean()),
        "std": float(scores.std()),
        "positive": int((scores > 0).sum()),
    }


def _best(candidates: Candidates) -> JsonValue:
    return [
        {
            "box": _numbers(Box.from_xywh(candidates.boxes_xywh[row])),
            "origin": CandidateOrigin(int(candidates.origins[row])).name.lower(),
            "score": float(candidates.scores[row]),
        }
        for row in candidates.best
    ]


def json_score(score: float) -> float | None:
    """JSON knows no infinity, which stands for a manual box."""
    return score if math.isfinite(score) else None
