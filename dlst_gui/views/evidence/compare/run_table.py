"""What there is to say of two runs on the frames that both have, in numbers."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QWidget

from dlst_gui.overlays.palette import TRACKED, Stroke
from dlst_gui.views.evidence.compare.ghost_row import StrokeChip
from tracker_core import Box, BoxArray
from tracker_core.evidence import PARTED_IOU, Comparison, RunBoxes, against_truth

_MEASURES = (
    ("Lost", "Frames on which the tracker said that it had lost the object (score at or below 0)"),
    ("Pace", "Frames tracked in a second, without those learned; – where this window has not tracked them"),
    ("IoU truth", "Mean overlap (IoU, 0 to 1) with the ground truth that the video comes with"),
    ("Right", f"Frames whose overlap (IoU, 0 to 1) with the ground truth is {PARTED_IOU} or more"),
)
_OF_TRUTH = (2, 3)  # rows of it
_NOTHING = "–"


class RunTable(QWidget):
    """One column per run."""

    def __init__(self) -> None:
        super().__init__()
        self._chips = (StrokeChip(TRACKED), StrokeChip(TRACKED))
        self._names = (QLabel(), QLabel())
        self._heads = tuple(QLabel(text) for text, _ in _MEASURES)
        self._numbers = tuple((_number(), _number()) for _ in _MEASURES)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(8)
        layout.setVerticalSpacing(3)
        layout.setColumnStretch(0, 1)
        for column, (chip, name) in enumerate(zip(self._chips, self._names, strict=True), start=1):
            head = QHBoxLayout()
            head.setSpacing(4)
            head.addStretch(1)
            head.addWidget(chip)
            head.addWidget(name)
            layout.addLayout(head, 0, column)
        rows = zip(self._heads, self._numbers, _MEASURES, strict=True)
        for row, (head_label, numbers, (_, tip)) in enumerate(rows, start=1):
            head_label.setProperty("quiet", True)
            layout.addWidget(head_label, row, 0)
            for column, number in enumerate(numbers, start=1):
                layout.addWidget(number, row, column)
            for label in (head_label, *numbers):
                label.setToolTip(tip)

    def show_runs(
        self,
        comparison: Comparison,
        names: tuple[str, str],
        strokes: tuple[Stroke, Stroke],
        truth: BoxArray | None,
    ) -> None:
        """Say it.

        Args:
            comparison: of the two runs.
            names: of both.
            strokes: how they are drawn.
            truth: (frames of the video, 4) true boxes, NaN where there are none; None for no such rows.
        """
        for row in _OF_TRUTH:
            for label in (self._heads[row], *self._numbers[row]):
                label.setVisible(truth is not None)
        runs = comparison.first, comparison.second
        for column, run in enumerate(runs):
            self._chips[column].show_stroke(strokes[column])
            self._names[column].setText(names[column])
            for numbers, text in zip(self._numbers, _numbers_of(run, truth), strict=True):
                numbers[column].setText(text)

    @property
    def texts(self) -> tuple[tuple[str, str, str], ...]:
        """What it says, row by row: the measure and both numbers, of those that are shown."""
        rows = zip(self._heads, self._numbers, strict=True)
        return tuple((head.text(), one.text(), two.text()) for head, (one, two) in rows if not head.isHidden())


def truth_of(true_boxes: tuple[Box | None, ...] | None, run: RunBoxes) -> BoxArray | None:
    """The true boxes as an array, where they are of the object that a run follows.

    They are taken to be where its first box overlaps the true one of that frame by `PARTED_IOU` or more: a source
    comes with the boxes of one object.
    """
    if true_boxes is None or not len(run):
        return None
    first = int(run.frames[0])
    true_box = true_boxes[first] if first < len(true_boxes) else None
    if true_box is None or true_box.iou(Box.from_xywh(run.boxes_xywh[0])) < PARTED_IOU:
        return None
    rows = [(np.nan,) * 4 if box is None else tuple(box) for box in true_boxes]
    rows += [(np.nan,) * 4] * (int(run.frames[-1]) + 1 - len(rows))
    return np.array(rows)


def _numbers_of(run: RunBoxes, truth: BoxArray | None) -> tuple[str, ...]:
    pace = run.frames_per_second
    judged = None if truth is None else against_truth(run, truth)
    return (
        str(run.lost_count),
        _NOTHING if pace is None else f"{pace:.1f} frames/s",
        _NOTHING if judged is None or not judged.frames else f"{judged.mean_iou:.3f}",
        _NOTHING if judged is None or not judged.frames else f"{100 * judged.right_share:.0f} %",
    )


def _number() -> QLabel:
    label = QLabel()
    label.setAlignment(Qt.AlignmentFlag.AlignRight)
    return label
