"""What a person may say of a file of labels that the file itself does not."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QFormLayout, QSpinBox, QWidget

from dlst_gui.formats.read_options import Loose, ReadOptions

_UNSAID = -1
_LARGEST_NUMBER = 10_000_000
_LOOSE = {Loose.LINKED: "Linked to tracks by overlap", Loose.SINGLE: "A track each"}
_CHOOSE = "Choose the video …"


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
        self.loose = QComboBox()
        self.loose.setAccessibleName("Boxes without an id")
        for choice, words in _LOOSE.items():
            self.loose.addItem(words, choice)
        self.form = QFormLayout(self)
        self.form.setContentsMargins(0, 0, 0, 0)
        self.form.setHorizontalSpacing(14)
        self.form.setVerticalSpacing(9)
        self.form.addRow("Video", self.part)
        self.form.addRow("First frame", self.first_frame)
        self.form.addRow("Without an id", self.loose)
        self.form.setRowVisible(self.part, False)
        self.part.currentIndexChanged.connect(self._on_changed)
        self.first_frame.valueChanged.connect(self._on_changed)
        self.loose.currentIndexChanged.connect(self._on_changed)

    @property
    def options(self) -> ReadOptions:
        """What is chosen."""
        first = self.first_frame.value()
        part = self.part.currentText() if self.part.currentIndex() > 0 else None
        return ReadOptions(None if first == _UNSAID else first, Loose(self.loose.currentData()), part)

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
