"""Whether a file holds what was to be written: read by the format's own reader, compared box by box."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dlst_gui.exchange.errors import ReadBackError
from dlst_gui.exchange.plan import ExportPlan
from dlst_gui.exchange.progress import UNWATCHED, Stage, Watch
from dlst_gui.formats.labels.model import LabelSet
from dlst_gui.formats.transfer.comparison import Comparison, compared

_FLOAT_ERROR_PX = 1e-6
"""What sums and products of coordinates may be off by, far below any format's resolution."""


def checked_back(plan: ExportPlan, written: LabelSet, path: Path, watch: Watch = UNWATCHED) -> Comparison:
    """Read what was written to `path` and compare.

    Raises:
        ReadBackError: it is not the same, to the format's resolution.
        FormatError: it cannot be read.
        ExportCancelled: the watch wanted so.
    """
    label_format = plan.label_format
    watch.tell(Stage.READING_BACK)
    read = label_format.read(path, written.video, watch.ticking(Stage.READING_BACK))
    comparison = compared(written, read, label_format.can_hold, watch.ticking(Stage.COMPARING))
    # What the reader skips, such as a second box of an object on a frame, was not to be written.
    comparison = replace(comparison, surplus=comparison.surplus + read.report.skipped_count)
    resolution = label_format.resolution_px(written.video, plan.write_options)
    is_same = not (comparison.missing or comparison.surplus or comparison.wrong_visibilities)
    if not is_same or not comparison.largest_difference_px <= resolution + _FLOAT_ERROR_PX:
        raise ReadBackError(plan.target, comparison, resolution)
    return comparison
