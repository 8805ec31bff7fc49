"""What a person may say of a file of labels that the file itself does not."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QLabel, QSpinBox, QWidget

from dlst_gui.formats.read_options import Loose, ReadOptions
from dlst_gui.views.frame_bar.number_field import MARGIN

_UNSAID = -1
_LARGEST_NUMBER = 10_000_000
_LOOSE = {Loose.LINKED: "Linked to tracks by overlap", Loose.SINGLE: "A track each"}
_CHOOSE = "Choose the video …"
_MOST_APART = 1000


class StepField(QSpinBox):
    """How many frames apart a file's numbers are: 5, or 1/5 below 1."""

    def __init__(self) -> None:
        super().__init__()
        # 1 is in the middle: above it whole numbers, below it their reciprocals.
        self.setRange(-_MOST_APART + 1, _MOST_APART - 1)
        self.setAccessibleName("How many frames apart the numbers in the file are")

    @property
    def step(self) -> Fraction:
        """As `ReadOptions.step`."""
        value = self.value()
        return Fraction(value + 1) if value >= 0 else Fraction(1, 1 - value)

    def textFromValue(self, value: int) -> str:  # noqa: D102 - Qt's own
        return str(value + 1) if value >= 0 else f"1/{1 - value}"

    def valueFromText(self, text: str) -> int:  # noqa: D102 - Qt's own
        whole, slash, part = text.strip().partition("/")
        if slash:
            return 1 - int(part)
        return int(whole) - 1

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:  # noqa: D102 - Qt's own
        whole, slash, part = text.strip().partition("/")
        number = part if slash else whole
        if (slash and whole != "1") or (number and not number.isdecimal()):
            return QValidator.State.Invalid, text, position
        is_known = bool(number) and 1 <= int(number) <= _MOST_APART
        state = QValidator.State.Acceptable if is_known else QValidator.State.Intermediate
        return state, text, position


class ReadingChoices(QWidget):
    """Controls for `ReadOptions`; that for the video is there only where a file is about several."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.part = QComboBox()
        self.part.setAccessibleName("Video in the file")
        self.first_frame = QSpinBox()
        self.first_frame.setRange(_UNSAID, _LARGEST_NUMBER)
        self.first_frame.setValue(_UNSAID)
        self.first_frame.setSpecialValueText("As the file shows")
        self.first_frame.setAccessibleName("Number of the first frame in the file")
        self.step = StepField()
        for field in (self.first_frame, self.step):
            field.setKeyboardTracking(False)
            field.lineEdit().setTextMargins(MARGIN, 0, MARGIN, 0)  # the style sheet's padding does not reach it
        self.loose = QComboBox()
        self.loose.setAccessibleName("Boxes without an id")
        for choice, words in _LOOSE.items():
            self.loose.addItem(words, choice)
        self.form = QFormLayout(self)
        self.form.setContentsMargins(0, 0, 0, 0)
        self.form.setHorizontalSpacing(14)
        self.form.setVerticalSpacing(9)
        self.form.addRow("Video", self.part)
        numbers = QHBoxLayout()
        numbers.setSpacing(8)
        numbers.addWidget(self.first_frame, stretch=3)
        numbers.addWidget(QLabel("Frames apart"))
        numbers.addWidget(self.step, stretch=1)
        self.form.addRow("First frame", numbers)
        self.form.addRow("Without an id", self.loose)
        self.form.setRowVisible(self.part, False)
        self.part.currentIndexChanged.connect(self._on_changed)
        self.first_frame.valueChanged.connect(self._on_changed)
        self.step.valueChanged.connect(self._on_changed)
        self.loose.currentIndexChanged.connect(self._on_changed)

    @property
    def options(self) -> ReadOptions:
        """What is chosen."""
        first = self.first_frame.value()
        part = self.part.currentText() if self.part.currentIndex() > 0 else None
        return ReadOptions(
            None if first == _UNSAID else first, Loose(self.loose.currentData()), part, self.step.step
        )

    def ask_for_part(self, titles: Sequence[str]) -> None:
        """Offer the videos of a file."""
        self.part.blockSignals(True)
        self.part.clear()
        self.part.addItems([_CHOOSE, *titles])
        self.part.blockSignals(False)
        self.form.setRowVisible(self.part, True)

    def forget_parts(self) -> None:
        """Another file is to be read."""
        self.part.blockSignals(True)
        self.part.clear()
        self.part.blockSignals(False)
        self.form.setRowVisible(self.part, False)

    @Slot()
    def _on_changed(self) -> None:
        self.changed.emit()
