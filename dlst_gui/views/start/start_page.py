"""What one sees before a video is open: what this is, ways to begin, and what was opened last."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from dlst_gui.views.start.recent_list import RecentList

EDGE, WIDEST_LINE, WIDEST_STEP = 20, 700, 210  # screen pixels
STEP_NUMBER = 64  # screen pixels that a step's number takes, with what is around it
TITLE = "Label objects in video"
LEAD = "Open a video, an image folder or a folder of videos, or try the demo clip. You can also drop files here."
STEPS = (
    ("1", "Drag a box around the object", "on the first frame where it is visible"),
    ("2", "Press Track", "and watch where the tracker searches and how confident it is"),
    ("3", "Correct the box where it drifts", "also while it moves: the tracker learns from that and continues"),
)


class StartPage(QScrollArea):
    """Buttons for `actions`; the first one is the one most people want. It scrolls in a small window."""

    def __init__(self, actions: tuple[QAction, ...]) -> None:
        super().__init__()
        self._lead = QLabel(LEAD)
        self._lead.setProperty("quiet", True)
        self._lead.setWordWrap(True)
        self._lead.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._buttons = QWidget()
        self.recent = RecentList()
        title = QLabel(TITLE)
        title.setObjectName("title")
        content = QWidget()
        content.setObjectName("start_page")
        self.setAccessibleName("Start")
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        column = QVBoxLayout(content)
        column.addStretch(3)
        for widget in (title, self._lead, self._buttons, self.recent):
            column.addWidget(widget, alignment=Qt.AlignmentFlag.AlignHCenter)
            column.addSpacing(14)
        row, self._steps = _steps()
        column.addLayout(row)
        column.addStretch(4)
        row = QHBoxLayout(self._buttons)
        for index, action in enumerate(actions):
            row.addWidget(_button(action, is_primary=index == 0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = self.viewport().width() - 2 * EDGE
        self._lead.setFixedWidth(min(room, WIDEST_LINE))
        self._fit_lead()
        for text in self._steps:
            text.setFixedWidth(min(room // len(self._steps) - STEP_NUMBER, WIDEST_STEP))

    def _fit_lead(self) -> None:
        """As high as its lines: a label that wraps, and is not as wide as its column, is cut off."""
        self._lead.setFixedHeight(self._lead.heightForWidth(self._lead.width()))

    @property
    def lead(self) -> str:
        return self._lead.text()

    def set_opening(self, name: str) -> None:
        """Say that a source is being opened; empty to go back to the invitation."""
        self._lead.setText(f"Opening {name} … (File > Stop Opening gives up)" if name else LEAD)
        self._fit_lead()
        self._buttons.setEnabled(not name)
        self.recent.setEnabled(not name)


def _button(action: QAction, *, is_primary: bool) -> QPushButton:
    button = QPushButton()

    def follow() -> None:
        button.setIcon(action.icon())
        button.setText(action.text().replace("&", ""))
        button.setToolTip(action.toolTip())

    follow()
    action.changed.connect(follow)
    button.clicked.connect(action.trigger)
    button.setObjectName("primary" if is_primary else "")
    return button


def _steps() -> tuple[QHBoxLayout, tuple[QLabel, ...]]:
    """The row of steps, and their words."""
    row, texts = QHBoxLayout(), []
    row.addStretch(1)
    for number, what, why in STEPS:
        chip = QLabel(number)
        chip.setObjectName("chip")
        text = QLabel(f"<b>{what}</b><br>{why}")
        text.setWordWrap(True)
        texts.append(text)
        row.addWidget(chip, alignment=Qt.AlignmentFlag.AlignTop)
        row.addWidget(text, alignment=Qt.AlignmentFlag.AlignTop)
        row.addSpacing(18)
    row.addStretch(1)
    return row, tuple(texts)
