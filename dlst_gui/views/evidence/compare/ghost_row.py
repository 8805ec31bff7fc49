"""One what-if in the panel *Compare*: which it is, what it is doing, and what may become of it."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QProgressBar, QToolButton, QWidget

from dlst_gui.overlays.palette import Stroke, ghost_stroke
from dlst_gui.session.what_ifs import GhostState, WhatIf

CHIP = QSize(17, 12)  # screen pixels
DASHES = (2.2, 1.2)  # ink and gap, in widths of the line


class StrokeChip(QWidget):
    """A sample of how a run is drawn."""

    def __init__(self, stroke: Stroke) -> None:
        super().__init__()
        self._stroke = stroke
        self.setFixedSize(CHIP)

    def show_stroke(self, stroke: Stroke) -> None:
        """Another one."""
        self._stroke = stroke
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        pen = self._stroke.pen(1.0)
        pen.setWidthF(3.0)
        if self._stroke.style is not Qt.PenStyle.SolidLine:
            pen.setDashPattern(DASHES)  # two of them, in so little room
        painter.setPen(pen)
        painter.drawLine(0, CHIP.height() // 2, CHIP.width(), CHIP.height() // 2)


class GhostRow(QWidget):
    """Asks; what is done is the panel's business."""

    take_asked = Signal(int)  # number of the what-if
    stop_asked = Signal(int)
    discard_asked = Signal(int)

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.name = QLabel()
        self.name.setObjectName("panel_title")
        self.doing, self.settings = QLabel(), QLabel()
        for label in (self.doing, self.settings):
            label.setProperty("quiet", True)
            label.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.take = _button("Take It", "Let its boxes take the place of the tracked ones; manual boxes stay")
        self.stop = _button("Stop", "End it here, and keep what it has found")
        self.discard = _button("✕", "Discard it; the project stays as it is")
        self._lay_out()
        self.take.clicked.connect(lambda: self.take_asked.emit(self.number))
        self.stop.clicked.connect(lambda: self.stop_asked.emit(self.number))
        self.discard.clicked.connect(lambda: self.discard_asked.emit(self.number))

    def show_what_if(self, what_if: WhatIf, object_name: str) -> None:
        """Say what it is doing."""
        ghost = what_if.ghost
        self.name.setText(what_if.name)
        span = f"{object_name}, {ghost.first_frame} to {ghost.last_frame}"
        self.doing.setText(f"{span}: {_doing(what_if)}")
        words = f"{ghost.settings.system} · seed {ghost.settings.seed}"
        if ghost.settings.backbone != "default":
            words += f" · {ghost.settings.weights}"
        self.settings.setText(words)
        is_learning = what_if.state is GhostState.LEARNING
        self.bar.setValue(round(1000 * (what_if.learned if is_learning else what_if.fraction)))
        self.bar.setVisible(not what_if.state.is_over)
        self.bar.setAccessibleName(f"{what_if.name}: learned" if is_learning else f"{what_if.name}: tracked")
        self.take.setEnabled(what_if.is_takeable)
        self.stop.setVisible(not what_if.state.is_over)
        self.discard.setVisible(what_if.state.is_over)
        for button, command in ((self.take, "Take"), (self.stop, "Stop"), (self.discard, "Discard")):
            button.setAccessibleName(f"{command} {what_if.name}")

    def _lay_out(self) -> None:
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(8)
        layout.setVerticalSpacing(2)
        layout.addWidget(StrokeChip(ghost_stroke(self.number)), 0, 0)
        layout.addWidget(self.name, 0, 1)
        layout.addWidget(self.take, 0, 2)
        layout.addWidget(self.stop, 0, 3)
        layout.addWidget(self.discard, 0, 4)
        layout.addWidget(self.settings, 1, 1, 1, 4)
        layout.addWidget(self.doing, 2, 1, 1, 4)
        layout.addWidget(self.bar, 3, 1, 1, 4)
        layout.setColumnStretch(1, 1)


def _doing(what_if: WhatIf) -> str:
    if what_if.message:
        return what_if.message
    if what_if.state is GhostState.TRACKING:
        return f"frame {what_if.ghost.first_frame + len(what_if.ghost) - 1}"
    if what_if.state is GhostState.STOPPED and len(what_if.ghost):
        return f"stopped at frame {what_if.ghost.first_frame + len(what_if.ghost) - 1}"
    return str(what_if.state.value)


def _button(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName("segment")
    button.setText(text)
    button.setToolTip(tip)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
