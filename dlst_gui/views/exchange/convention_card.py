"""How a format writes boxes, and what it cannot store, in plain words."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QFrame, QLabel

from dlst_gui.formats.format import Capabilities, Format, Identity, LabelReader, Shape, Unit

_SHAPES = {
    Shape.LEFT_TOP_SIZE: "left, top, width, height",
    Shape.EDGES: "left, top, right, bottom edges",
    Shape.INCLUSIVE_CORNERS: "first and last pixel, both included",
    Shape.CENTRE_SIZE: "centre, width, height",
}


class ConventionCard(QFrame):
    """Rows of name and words."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self._rows = QFormLayout(self)
        self._rows.setContentsMargins(12, 9, 12, 9)
        self._rows.setHorizontalSpacing(14)
        self._rows.setVerticalSpacing(3)

    @property
    def text(self) -> str:
        """All that is to be read."""
        return "\n".join(label.text() for label in self.findChildren(QLabel))

    def show_format(self, label_format: Format) -> None:
        """Explain a format."""
        while self._rows.rowCount():
            self._rows.removeRow(0)
        for name, words in convention_rows(label_format):
            label, value = QLabel(name), QLabel(words)
            label.setProperty("quiet", True)
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
            value.setWordWrap(True)
            self._rows.addRow(label, value)
        self.setAccessibleDescription(label_format.convention.words())


def convention_rows(label_format: Format) -> tuple[tuple[str, str], ...]:
    """Name and words of each thing to know."""
    said = label_format.convention
    frames = (
        said.frames if not said.is_renumbered else f"{said.frames}; exported frames are numbered consecutively"
    )
    return (
        ("Box", f"{_SHAPES[said.shape]}, {_unit_words(label_format)}"),
        ("Precision", said.precision),
        ("Frames", frames),
        ("Absent", said.absent),
        ("Not stored", ", ".join(_missing(label_format.can_hold)) or "nothing"),
    )


def kind_words(label_format: LabelReader) -> str:
    """What it is, in a line for a list."""
    files = "read only"
    if isinstance(label_format, Format):
        files = "a folder" if label_format.is_folder else f"one {label_format.suffix} file"
    said = label_format.convention
    unit = f"pixels from {said.first_pixel}" if said.unit is Unit.PIXELS else said.unit.value
    return f"{files} · {_SHAPES[said.shape]} · {unit}"


def _missing(can_hold: Capabilities) -> Iterator[str]:
    """What a format cannot store, whatever the labels are."""
    if can_hold.identity is Identity.NONE:
        yield "track identity"
    if not can_hold.labels:
        yield "labels" if not can_hold.classes else f"labels other than its {len(can_hold.classes)} classes"
    if not can_hold.absence:
        yield "outside marks"
    if not can_hold.occlusion:
        yield "occlusion"
    if not can_hold.sub_pixel:
        yield "sub-pixel precision"
    if not can_hold.keyframes:
        yield "which boxes are manual"
    if not can_hold.scores:
        yield "scores"
    if not can_hold.attributes:
        yield "attributes"


def _unit_words(label_format: Format) -> str:
    said = label_format.convention
    if said.unit is not Unit.PIXELS:
        return str(said.unit.value)
    return f"pixels counted from {said.first_pixel}"
