"""Whether a file holds what was to be written: read by the format's own reader, compared box by box."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlst_gui.exchange.errors import ReadBackError
from dlst_gui.exchange.plan import ExportPlan
from dlst_gui.formats.comparison import Comparison, compared
from dlst_gui.formats.model import SOURCES, BoxSource, Gaps, LabelSet

_FLOAT_ERROR_PX = 1e-6
"""What sums and products of coordinates may be off by, far below any format's resolution."""

_INTERPOLATED = SOURCES.index(BoxSource.INTERPOLATED)


def checked_back(plan: ExportPlan, written: LabelSet, path: Path) -> Comparison:
    """Read what was written to `path` and compare.

    Raises:
        ReadBackError: it is not the same, to the format's resolution.
        FormatError: it cannot be read.
    """
    label_format = plan.label_format
    read = label_format.read(path, written.video)
    comparison = compared(written, _without_lines_over_gaps(read, written), label_format.can_hold)
    resolution = label_format.resolution_px(written.video, plan.write_options)
    is_same = not (comparison.missing or comparison.surplus or comparison.wrong_visibilities)
    if not is_same or not comparison.largest_difference_px <= resolution + _FLOAT_ERROR_PX:
        raise ReadBackError(plan.target, comparison, resolution)
    return comparison


def _without_lines_over_gaps(read: LabelSet, written: LabelSet) -> LabelSet:
    """Where boxes were left out, a format of keyframes has straight lines: its way of saying nothing there."""
    if written.gaps is Gaps.ABSENT:
        return read
    known: defaultdict[int, NDArray[np.int32]] = defaultdict(lambda: np.empty(0, dtype=np.int32))
    known.update({track.track_id: track.columns.frame_indices for track in written.tracks})
    tracks = []
    for track in read.tracks:
        columns = track.columns
        is_said = (columns.sources != _INTERPOLATED) | np.isin(columns.frame_indices, known[track.track_id])
        tracks.append(replace(track, columns=columns.where(is_said)))
    return replace(read, tracks=tuple(tracks))
