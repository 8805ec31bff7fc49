"""One frame's evidence as a JSON object: everything but pixels."""

from __future__ import annotations

import math

import numpy as np

from dlst_gui.evidence.tables.candidate_columns import COLUMNS, MADE_BY, JudgedFrame, Kind
from dlst_gui.project.rows import Json
from tracker_core import Box, ResponseMap
from tracker_core.evidence import FrameEvidence


def frame_document(
    evidence: FrameEvidence, *, true_box: Box | None = None, manual_box: Box | None = None
) -> dict[str, Json]:
    """Boxes are [x, y, width, height] in 0-based pixels; what there is not is null.

    `candidates` has a list for each column of the tables; `response_map` the rows of log-odds from the top, and
    the image rectangle that they cover.
    """
    seen = evidence.diagnostics
    document: dict[str, Json] = {
        "program": MADE_BY,
        "frame": evidence.frame_index,
        "time": evidence.timestamp_s,
        "object": evidence.track_id,
        "direction": "backward" if evidence.is_backward else "forward",
        "system": evidence.system,
        "box": _numbers(evidence.box),
        "score": evidence.score if math.isfinite(evidence.score) else None,
        "is_found": evidence.is_found,
        "is_manual": evidence.is_manual,
        "true_box": _numbers(true_box),
        "manual_box": _numbers(manual_box),
        "elapsed_ms": round(evidence.elapsed_s * 1000, 3),
        "update": {"kind": evidence.update.value},
    }
    if seen is None:
        return document
    judged = JudgedFrame(evidence, seen.candidates, true_box, manual_box)
    explained: dict[str, Json] = {
        "previous_box": _numbers(seen.previous_box),
        "search_region": _numbers(seen.search_region),
        "localized_box": _numbers(seen.localized_box),
        "matched_box": _numbers(seen.matched_box),
        "matched_confidence": None if seen.matched_box is None else seen.matched_confidence,
        "guided_box": _numbers(seen.guided_box),
        "guided_confidence": None if seen.guided_box is None else seen.guided_confidence,
        "guide_trust": None if seen.guided_box is None else seen.guide_trust,
        "chosen_box": _numbers(seen.chosen_box),
        "regressed_box": _numbers(seen.regressed_box),
        "response_map": _response(seen.response_map),
        "candidates": _candidates(judged),
        "update": {
            "kind": evidence.update.value,
            "classifier_losses": list(seen.update.classifier_losses),
            "localizer_losses": list(seen.update.localizer_losses),
        },
        "stage_ms": {stage: round(milliseconds, 3) for stage, milliseconds in seen.stage_ms},
    }
    return document | explained


def _numbers(box: Box | None) -> Json:
    return None if box is None else [float(value) for value in box.xywh]


def _response(response: ResponseMap | None) -> Json:
    if response is None:
        return None
    return {
        "extent": _numbers(response.extent),
        "peak": list(map(float, response.peak)),
        "values": response.values.tolist(),
    }


def _candidates(judged: JudgedFrame) -> dict[str, Json]:
    columns: dict[str, Json] = {}
    for column in COLUMNS:
        if column.name in _OF_THE_FRAME:
            continue
        values = column.values(judged)
        if column.kind in (Kind.SINGLE, Kind.DOUBLE):
            numbers = np.asarray(values, np.float64).tolist()
            columns[column.name] = [None if math.isnan(number) else number for number in numbers]
        elif isinstance(values, list):
            columns[column.name] = list(values)
        else:
            columns[column.name] = values.tolist()
    return columns


_OF_THE_FRAME = ("frame", "time", "object", "direction")
