"""Range of Values: which values of images with over 8 bits are shown as black and white."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from dlst_gui.session.session import Session
from dlst_gui.video.chosen_ranges import choose_range
from dlst_gui.video.pixel_range import AUTO, RangeChoice, RangeKind
from dlst_gui.video.video_source import ShownRange
from dlst_gui.views.frame_bar.number_field import MARGIN
from dlst_gui.views.style.status_level import StatusLevel, set_status

WIDTH = 440  # pixels
_LARGEST_VALUE = 2.0**32

_KINDS = {
    RangeKind.AUTO: "Automatic",
    RangeKind.REAL: "Lowest to highest value",
    RangeKind.PERCENTILES: "Percentiles",
    RangeKind.FIXED: "Two values",
    RangeKind.FULL: "All values of the type",
}
_HELP = {
    RangeKind.AUTO: "The bits of a camera; of narrow images the values that they have.",
    RangeKind.REAL: "Of the five images that are measured.",
    RangeKind.PERCENTILES: "Without so many of the lowest and the highest values.",
    RangeKind.FIXED: "What is beyond them is all black or all white.",
    RangeKind.FULL: "0 to 65,535 for 16 bits; 0 to 1 for numbers with a point.",
}
_USUAL_PERCENTILES = (1.0, 99.0)


class RangeDialog(QDialog):
    """Stays beside the window. *Apply* opens the images anew, for the view, the tracker and exports alike."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self.setWindowTitle("Range of Values")
        self.setMinimumWidth(WIDTH)
        self.kinds = QComboBox()
        self.kinds.setAccessibleName("How black and white are found")
        for kind, words in _KINDS.items():
            self.kinds.addItem(words, kind)
        self.help = QLabel()
        self.help.setWordWrap(True)
        self.low, self.high = _field("Black"), _field("White")
        self.ends = QWidget()
        self.note = QLabel()
        self.note.setObjectName("note")
        self.note.setWordWrap(True)
        self.apply = QPushButton("&Apply")
        self.apply.setObjectName("primary")
        self.apply.setDefault(True)
        self._lay_out()
        self.kinds.currentIndexChanged.connect(self._on_kind)
        self.low.valueChanged.connect(self._refresh)
        self.high.valueChanged.connect(self._refresh)
        self.apply.clicked.connect(self._on_apply)
        session.state_changed.connect(self._refresh)
        session.playhead.source_changed.connect(self._on_source)
        self._on_source()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self.ends)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.low, stretch=1)
        row.addWidget(QLabel("to"))
        row.addWidget(self.high, stretch=1)
        self.form = QFormLayout()
        self.form.setHorizontalSpacing(14)
        self.form.setVerticalSpacing(9)
        self.form.addRow("Black to white", self.kinds)
        self.form.addRow("", self.ends)
        self.form.addRow("", self.help)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.apply, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(11)
        layout.addLayout(self.form)
        layout.addWidget(self.note)
        layout.addStretch(1)
        layout.addWidget(buttons)

    @property
    def choice(self) -> RangeChoice | None:
        """What is chosen; None where black is not below white."""
        try:
            return RangeChoice(RangeKind(self.kinds.currentData()), self.low.value(), self.high.value())
        except ValueError:
            return None

    @Slot()
    def _on_source(self) -> None:
        """Other images are open, or the same by another rule."""
        shown = self._shown
        if shown is not None:
            choice = RangeChoice.parsed(shown.choice)
            self.kinds.setCurrentIndex(self.kinds.findData(choice.kind))
            if choice.kind in {RangeKind.PERCENTILES, RangeKind.FIXED}:
                self._set_ends(choice.low, choice.high)
        self._on_kind()

    @Slot()
    def _on_kind(self) -> None:
        kind, shown = RangeKind(self.kinds.currentData()), self._shown
        is_typed = kind in {RangeKind.PERCENTILES, RangeKind.FIXED}
        for field in (self.low, self.high):
            field.setSuffix(" %" if kind is RangeKind.PERCENTILES else "")
        choice = None if shown is None else RangeChoice.parsed(shown.choice)
        if shown is not None and (choice is None or choice.kind is not kind):
            usual = _USUAL_PERCENTILES if kind is RangeKind.PERCENTILES else (shown.black, shown.white)
            self._set_ends(*usual)
        self.form.setRowVisible(self.ends, is_typed)
        self.help.setText(_HELP[kind])
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        shown, choice = self._shown, self.choice
        is_busy = self._session.state.is_busy
        is_new = shown is not None and choice is not None and choice.text != shown.choice
        self.apply.setEnabled(is_new and not is_busy)
        if shown is None:
            set_status(self.note, "Only images of over 8 bits have such a range.", StatusLevel.CALM)
        elif choice is None:
            set_status(self.note, "Black has to be below white.", StatusLevel.WARNING)
        elif is_busy and is_new:
            set_status(self.note, "Pause or stop tracking to change it.", StatusLevel.WARNING)
        else:
            now = f"Now values from {shown.black:,.6g} to below {shown.white:,.6g} go from black to white."
            kept = "" if shown.choice == AUTO.text else " Remembered for this folder."
            set_status(self.note, f"{now}{kept}", StatusLevel.CALM)

    @Slot()
    def _on_apply(self) -> None:
        source, choice = self._session.playhead.source, self.choice
        if source is None or choice is None:
            return
        try:
            choose_range(source.path, choice)
        except OSError as error:
            set_status(self.note, f"Not applied: {error}", StatusLevel.WARNING)
            return
        self._session.open_with(self._session.current_project.path, source.path)

    @property
    def _shown(self) -> ShownRange | None:
        source = self._session.playhead.source
        return None if source is None else source.annotated.shown_range

    def _set_ends(self, low: float, high: float) -> None:
        for field, value in ((self.low, low), (self.high, high)):
            field.blockSignals(True)
            field.setValue(value)
            field.blockSignals(False)


def range_dialog(window: QWidget, session: Session) -> Callable[[], RangeDialog]:
    """Shows the dialog of a window, made when it is first wanted."""
    made: list[RangeDialog] = []

    def show() -> RangeDialog:
        dialog = made[0] if made else RangeDialog(session, window)
        made[:] = [dialog]
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()
        return dialog

    return show


def _field(name: str) -> QDoubleSpinBox:
    field = QDoubleSpinBox()
    field.setRange(-_LARGEST_VALUE, _LARGEST_VALUE)
    field.setDecimals(3)
    field.setGroupSeparatorShown(True)
    field.setAccessibleName(name)
    field.lineEdit().setTextMargins(MARGIN, 0, MARGIN, 0)  # the style sheet's padding does not reach it
    return field
