"""Fast or exact, side by side."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from tracker_core import Speed

_TIPS: tuple[tuple[Speed, str], ...] = (
    (
        "fast",
        "Nearly as accurate as exact, and faster on a CPU",
    ),
    (
        "exact",
        "No shortcuts. Meant for a GPU: on a CPU the paper's presets take about a second per frame",
    ),
)


class SpeedSwitch(QWidget):
    """Two choices of which one is taken."""

    speed_chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._buttons: dict[Speed, QToolButton] = {}
        self._group = QButtonGroup(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for speed, tip in _TIPS:
            button = QToolButton()
            button.setObjectName("segment")
            button.setText(speed.capitalize())
            button.setToolTip(tip)
            button.setCheckable(True)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            self._group.addButton(button)
            layout.addWidget(button)
            self._buttons[speed] = button
        self.setFocusProxy(self._buttons["fast"])
        self._group.buttonClicked.connect(self.speed_chosen)

    @property
    def speed(self) -> Speed:
        return "fast" if self._buttons["fast"].isChecked() else "exact"

    def show_speed(self, speed: Speed) -> None:
        """Show a choice without reporting it."""
        with QSignalBlocker(self._group):
            self._buttons[speed].setChecked(True)
