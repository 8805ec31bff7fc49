"""Boxes of one pass against the ground truth, by all that is measured of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dlst_gui.commands.evaluate.command import ProtocolName
from dlst_gui.commands.sequence_runs.sequences import BenchmarkSequence
from dlst_gui.video.ground_truth import read_rows
from tracker_core import Box, BoxArray
from tracker_core.evaluation.errors import EvaluationError
from tracker_core.evaluation.otb import frame_ious, otb_rows, score_sequence
from tracker_core.evaluation.protocols.box_measures import measure_boxes
from tracker_core.evaluation.protocols.vot.long_term import LongTermRun
from tracker_core.evaluation.protocols.vot.regions import (
    INITIALIZATION,
    Region,
    region_of,
    region_of_box,
)
from tracker_core.evaluation.scores.roc import scored_frames
from tracker_core.evaluation.summary import RunResult

VOT_TRUTH = "groundtruth.txt"
COVER = "cover.label"
"""GOT-10k's: how much of the target is seen, 0 to 8 eighths, a row per frame."""


def scored_run(
    sequence: BenchmarkSequence,
    seed: int,
    rows: BoxArray,
    *,
    scores: NDArray[np.float64] | None,
    speed: tuple[float | None, float | None] = (None, None),
    protocol: ProtocolName = "ope",
) -> RunResult:
    """Compare with the ground truth.

    Args:
        sequence: what was tracked.
        seed: of the run.
        rows: (n, 4) toolkit rows, one per annotated frame.
        scores: (n,) the tracker's; not finite where it has none.
        speed: frames per second, and seconds of the first frame.
        protocol: what is measured beside OTB's and GOT-10k's measures.

    Raises:
        EvaluationError: the ground truth, or what is known of hidden frames, cannot be read.
    """
    truth = otb_rows(sequence.ground_truth)
    return RunResult(
        seed,
        score_sequence(sequence.name, rows, truth),
        *speed,
        scored=None if scores is None else scored_frames(scores, frame_ious(rows, truth)),
        boxes=measure_boxes(rows, truth, sequence.frame_size, is_hidden=_is_hidden(sequence)),
        long_term=_long_term(sequence, rows, scores) if protocol == "long-term" and scores is not None else None,
        rows=rows,
    )


def truth_regions(sequence: BenchmarkSequence) -> tuple[Region, ...]:
    """The ground truth as VOT compares it: polygons where its file has them, else the boxes."""
    file = sequence.path / VOT_TRUTH
    if file.is_file() and not any(sequence.path.glob("groundtruth_rect*.txt")):
        rows = read_rows(file)[sequence.first_frame : sequence.first_frame + sequence.frame_count]
        if len(rows) == sequence.frame_count and any(len(row) > 4 for row in rows):
            return tuple(region_of(row) if row else region_of_box(None) for row in rows)
    return tuple(map(region_of_box, sequence.ground_truth))


def _long_term(sequence: BenchmarkSequence, rows: BoxArray, scores: NDArray[np.float64]) -> LongTermRun:
    """The toolkit has a code instead of the first box, and no confidence there."""
    boxes = [Box.from_xywh(row).shifted(-1, -1) for row in rows]
    regions = (INITIALIZATION, *(region_of_box(box if box.is_valid else None) for box in boxes[1:]))
    known = np.where(np.isfinite(scores), scores, np.nan)
    return LongTermRun(regions, known, truth_regions(sequence), sequence.frame_size)


def _is_hidden(sequence: BenchmarkSequence) -> NDArray[np.bool_]:
    """Where GOT-10k says that nothing of the target is seen."""
    hidden = np.zeros(sequence.frame_count, dtype=np.bool_)
    file = sequence.path / COVER
    if file.is_file():
        try:
            words = file.read_text(encoding="utf-8").split()
        except (OSError, UnicodeDecodeError) as error:
            raise EvaluationError(f"{file}: cannot be read as text ({error})") from error
        covers = words[sequence.first_frame : sequence.first_frame + sequence.frame_count]
        hidden[: len(covers)] = [word == "0" for word in covers]
    return hidden
