"""What was seen on frames as a recording for the rerun viewer (rerun.io), which plays them beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from dlst_gui.evidence.explained_frame import EvidenceAbout, ExplainedFrame
from dlst_gui.evidence.figures.looks import BLUE, MANUAL, ORIGINS, RESULT, SEARCH_REGION, TRUE
from dlst_gui.evidence.pictures import pixels_of
from dlst_gui.evidence.tables.candidate_columns import MADE_BY
from dlst_gui.evidence.tables.candidate_files import MissingLibraryError
from tracker_core import Box, CandidateOrigin, Candidates, Frame

HOW_TO_GET_RERUN = "a recording for rerun needs its library: pip install 'dlst-studio[rerun]'"

TIMELINE = "frame"

_JPEG_QUALITY = 85
_DOT_PT, _BEST_DOT_PT = 1.5, 3.0  # screen points at any zoom
_ENTITIES = {origin: f"frame/candidates/{origin.name.lower()}" for origin in ORIGINS}
_COLORS = {
    "search_region": SEARCH_REGION.color,
    "previous": ORIGINS[CandidateOrigin.PREVIOUS].color,
    "localized": ORIGINS[CandidateOrigin.LOCALIZED].color,
    "matched": ORIGINS[CandidateOrigin.MATCHED].color,
    "guided": ORIGINS[CandidateOrigin.GUIDED].color,
    "chosen": BLUE,
    "truth": TRUE.color,
    "result": RESULT.color,
    "manual": MANUAL.color,
}
"""By entity below `frame/boxes`."""


def rerun_library() -> Any:  # noqa: ANN401 - no types
    """The package `rerun`; raises MissingLibraryError."""
    try:
        import rerun as rr  # noqa: PLC0415 - no part of the program
    except ImportError as error:
        raise MissingLibraryError(HOW_TO_GET_RERUN) from error
    return rr


def write_rerun(path: Path, frames: Sequence[ExplainedFrame], about: EvidenceAbout) -> None:
    """Write a `.rrd` with a timeline "frame", 0-based.

    Entities: `frame/image`, `frame/boxes/...`, `frame/candidates/<origin>` (centres, with score, rank and size),
    `response` (log-odds; rows downward), `score/...`. Boxes and points are in the frame's continuous pixels, from
    its upper left corner: rerun's image covers them edge to edge.

    Raises:
        MissingLibraryError: rerun-sdk is not installed.
        OSError: it cannot be written.
    """
    rr = rerun_library()
    path.touch()  # rerun would not say that it cannot
    recording = rr.RecordingStream(MADE_BY, recording_id=f"{about.facts.video_name} {frames[0].title[1]}")
    recording.save(str(path))
    for frame in frames:
        recording.set_time(TIMELINE, sequence=frame.evidence.frame_index)
        _log_frame(rr, recording, frame, about)
    recording.flush()
    recording.disconnect()


def _log_frame(rr: Any, recording: Any, frame: ExplainedFrame, about: EvidenceAbout) -> None:  # noqa: ANN401 - no types
    pixels = _pixels(frame, (about.facts.height, about.facts.width))
    if pixels is not None:
        _, jpeg = cv2.imencode(".jpg", pixels[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
        recording.log("frame/image", rr.EncodedImage(contents=jpeg.tobytes(), media_type="image/jpeg"))
    seen = frame.evidence.diagnostics
    boxes = _boxes(frame)
    for name, color in _COLORS.items():
        box = boxes.get(name)
        if box is None:  # else the box of the frame before stays
            recording.log(f"frame/boxes/{name}", rr.Clear(recursive=False))
            continue
        shape = {"mins": [[box.x, box.y]], "sizes": [[box.width, box.height]], "colors": [_rgb(color)]}
        recording.log(f"frame/boxes/{name}", rr.Boxes2D(**shape, labels=[name], show_labels=False))
    reference = frame.manual_box or frame.true_box
    scores = {"result": frame.evidence.score}
    _log_candidates(rr, recording, None if seen is None else seen.candidates)
    if seen is not None:
        scores["best_candidate"] = float(seen.candidates.scores.max(initial=-np.inf))
        if reference is not None:
            scores["iou"] = seen.chosen_box.iou(reference)
    if seen is not None and seen.response_map is not None:
        recording.log("response", rr.Tensor(seen.response_map.values, dim_names=("y", "x")))
        scores["response_peak"] = float(seen.response_map.values.max())
    else:
        recording.log("response", rr.Clear(recursive=False))
    for name, value in scores.items():
        if np.isfinite(value):
            recording.log(f"score/{name}", rr.Scalars([value]))


def _boxes(frame: ExplainedFrame) -> dict[str, Box | None]:
    evidence, seen = frame.evidence, frame.evidence.diagnostics
    boxes: dict[str, Box | None] = {
        "truth": frame.true_box,
        "result": None if evidence.is_manual else evidence.box,
        "manual": evidence.box if evidence.is_manual else frame.manual_box,
    }
    if seen is not None:
        boxes |= {
            "search_region": seen.search_region,
            "previous": seen.previous_box,
            "localized": seen.localized_box,
            "matched": seen.matched_box,
            "guided": seen.guided_box,
            "chosen": seen.chosen_box,
        }
    return boxes


def _log_candidates(rr: Any, recording: Any, candidates: Candidates | None) -> None:  # noqa: ANN401 - no types
    if candidates is None:
        for origin in ORIGINS:
            recording.log(_ENTITIES[origin], rr.Clear(recursive=False))
        return
    ranks = np.empty(len(candidates.scores), np.int64)
    ranks[candidates.ranked()] = np.arange(1, len(ranks) + 1)
    is_best = np.isin(np.arange(len(ranks)), candidates.best)
    centers = candidates.boxes_xywh[:, :2] + candidates.boxes_xywh[:, 2:] / 2
    for origin, look in ORIGINS.items():
        rows = np.flatnonzero(candidates.origins == origin)
        entity = _ENTITIES[origin]
        if not len(rows):
            recording.log(entity, rr.Clear(recursive=False))
            continue
        radii = rr.Radius.ui_points(np.where(is_best[rows], _BEST_DOT_PT, _DOT_PT))
        recording.log(
            entity,
            rr.Points2D(centers[rows], colors=[_rgb(look.color)], radii=radii),
            rr.AnyValues(  # lists alone: it leaves out what has two dimensions
                score=candidates.scores[rows],
                rank=ranks[rows],
                width=candidates.boxes_xywh[rows, 2],
                height=candidates.boxes_xywh[rows, 3],
            ),
        )


def _pixels(frame: ExplainedFrame, size: tuple[int, int]) -> Frame | None:
    """A whole frame; where only a part of it was kept, the rest is black."""
    if frame.picture is not None:
        return frame.picture.pixels
    kept = frame.evidence.picture
    if kept is None:
        return None
    left, top, width, height = (round(value) for value in kept.area.xywh)
    whole = np.zeros((*size, 3), np.uint8)
    part = cv2.resize(pixels_of(kept), (width, height), interpolation=cv2.INTER_LINEAR)
    into = whole[max(top, 0) : top + height, max(left, 0) : left + width]
    into[:] = part[: into.shape[0], : into.shape[1]]
    return whole


def _rgb(color: str) -> tuple[int, int, int]:
    """Red, green, blue of #RRGGBB, 0 to 255."""
    value = int(color[1:], 16)
    return value >> 16, value >> 8 & 255, value & 255
