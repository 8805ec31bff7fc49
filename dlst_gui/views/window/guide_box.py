"""The choice of a guide: those that are here, and how to get the others."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QComboBox

from dlst_gui.tracking.guide_choice import guide_choices
from dlst_gui.tracking.tracker_factory import follows_guides

_NONE = "none"
_TIP = "A small network of others that proposes boxes, too. It takes time on every frame"

FEWEST_CHARACTERS = 10  # of a choice that stay in sight in a narrow panel; the list shows them whole


class GuideBox(QComboBox):
    """What is chosen in it is kept while a preset follows no guide, and not in force."""

    guide_chosen = Signal(str)  # by a person; "" for none

    def __init__(self) -> None:
        super().__init__()
        self._choices = QStandardItemModel(self)
        self.setModel(self._choices)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(FEWEST_CHARACTERS)
        self._list()
        self.activated.connect(lambda: self.guide_chosen.emit(self.currentData()))

    @property
    def guide(self) -> str:
        """Its name; "" for none."""
        return str(self.currentData()) if self.isEnabled() else ""

    def show_guide(self, guide: str, preset: str) -> None:
        """Show what a preset is run with, without reporting it."""
        self.fit(preset)
        if self.isEnabled():
            self.setCurrentIndex(max(0, self.findData(guide)))

    def fit(self, preset: str) -> None:
        """Offer guides only to a preset that follows them."""
        self.setEnabled(follows_guides(preset))
        self.setToolTip(_TIP if self.isEnabled() else f"{preset} follows no guide. Choose another preset")

    def showPopup(self) -> None:
        self._list()
        super().showPopup()

    def _list(self) -> None:
        """Look anew at what is here: one may fetch a guide while the window is open."""
        chosen = self.currentData()
        rows = [_row(_NONE, "", "Only the preset's own matching head proposes boxes", is_here=True)]
        rows += [
            _row(
                choice.name if choice.is_here else f"{choice.name} (not here)",
                choice.name,
                choice.how_to_get or choice.title,
                is_here=choice.is_here,
            )
            for choice in guide_choices()
        ]
        self._choices.clear()
        for row in rows:
            self._choices.appendRow(row)
        self.setCurrentIndex(max(0, self.findData(chosen)))


def _row(text: str, guide: str, tip: str, *, is_here: bool) -> QStandardItem:
    row = QStandardItem(text)
    row.setData(guide, Qt.ItemDataRole.UserRole)
    row.setToolTip(tip)
    row.setEnabled(is_here)
    return row
