"""What the settings' pages are made of: numbers with their unit, and a word of explanation below a field."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QSpinBox, QVBoxLayout, QWidget

FIELD_WIDTH = 150  # pixels


def number_box(largest: int, suffix: str, *, smallest: int = 1) -> QSpinBox:
    """A whole number with its unit."""
    box = QSpinBox()
    box.setRange(smallest, largest)
    box.setSuffix(suffix)
    box.setKeyboardTracking(False)
    box.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    box.setFixedWidth(FIELD_WIDTH)
    return box


def frames_box(largest: int) -> QSpinBox:
    """So many frames."""
    return number_box(largest, " frames")


def side_by_side(*widgets: QWidget) -> QHBoxLayout:
    """Fields and words of one line, at its left."""
    row = QHBoxLayout()
    row.setSpacing(6)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return row


def explained(field: QWidget | QHBoxLayout, why: str) -> QVBoxLayout:
    """A field with a word of explanation below it."""
    words = QLabel(why)
    words.setWordWrap(True)
    words.setProperty("quiet", True)
    column = QVBoxLayout()
    column.setSpacing(3)
    if isinstance(field, QHBoxLayout):
        column.addLayout(field)
    else:
        column.addWidget(field, alignment=Qt.AlignmentFlag.AlignLeft)
    column.addWidget(words)
    return column


def page_form(page: QWidget) -> QFormLayout:
    """The layout of a page."""
    form = QFormLayout(page)
    form.setContentsMargins(16, 16, 16, 16)
    form.setVerticalSpacing(14)
    form.setHorizontalSpacing(18)
    return form
