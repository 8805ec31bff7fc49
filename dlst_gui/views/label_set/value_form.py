"""The values of the selected object, a row for each attribute; and what is said of it under other names."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QMenu, QPushButton, QSizePolicy, QWidget

from dlst_gui.project.attribute_values import ShownValue
from dlst_gui.project.attributes import YES, Attribute, AttributeKind, AttributeScope
from dlst_gui.views.label_set.text_field import TextField
from dlst_gui.views.label_set.value_fields import SegmentField, ValueField, field_for

Free = tuple[str, str, bool]
"""Name, value, and whether it is said of this frame."""

_OCCLUDED = Attribute(1, "occluded", AttributeKind.YES_NO, AttributeScope.UNTIL_CHANGED)
_SCOPES = {
    AttributeScope.OBJECT: "Holds for the whole object",
    AttributeScope.UNTIL_CHANGED: "Holds from this frame on, until changed",
    AttributeScope.FRAME: "Holds for this frame alone",
}
_MARKS = {AttributeScope.OBJECT: "", AttributeScope.UNTIL_CHANGED: " →", AttributeScope.FRAME: " ·"}


class ValueForm(QWidget):
    """Shows values, and tells what a person wants of them; its rows are made anew only where attributes differ."""

    said = Signal(str, str, bool)  # name, value, whether of this frame
    occlusion_toggled = Signal()
    edit_asked = Signal(int)  # id of an attribute
    removal_asked = Signal(int)
    offer_asked = Signal(str, bool)  # name of what is said freely, whether of frames

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(1, 1)
        self._made_of: tuple[tuple[Attribute, ...], tuple[tuple[str, bool], ...]] = ((), ())
        self._fields: dict[int, ValueField] = {}
        self._names: dict[int, QPushButton] = {}
        self._occluded: SegmentField | None = None
        self._keys: dict[str, str] = {}
        self._lines: list[TextField] = []

    def show_values(self, values: tuple[ShownValue, ...], free: tuple[Free, ...], *, is_occluded: bool) -> None:
        """Show what holds for the selected object on the shown frame."""
        made_of = (tuple(each.attribute for each in values), tuple((name, of) for name, _, of in free))
        if made_of != self._made_of or self._occluded is None:
            self._made_of = made_of
            self._make(values, free)
        if self._occluded is not None:
            self._occluded.show_value(ShownValue(_OCCLUDED, YES if is_occluded else "", is_occluded))
        for each in values:
            self._fields[each.attribute.attribute_id].show_value(each)
            self._mark(each)
        for (_, value, _), line in zip(free, self._lines, strict=True):
            line.show_text(value)

    def show_keys(self, keys: Mapping[str, str]) -> None:
        """What is pressed for the attributes of these numbers; tooltips name it once values are shown."""
        self._keys = dict(keys)

    def give(self, *, of_frames_only: bool = False) -> None:
        """Take what was written by now, before the form shows something else."""
        for field in self._fields.values():
            if field.attribute.is_of_frames or not of_frames_only:
                field.give()
        for (_, is_of_frame), line in zip(self._made_of[1], self._lines, strict=True):
            if is_of_frame or not of_frames_only:
                line.give()

    def field(self, attribute_id: int) -> ValueField | None:
        """Where the value of an attribute is given."""
        return self._fields.get(attribute_id)

    def problem(self, attribute_id: int) -> str:
        """What the row of an attribute says is wrong."""
        return str(self._names[attribute_id].property("problem") or "")

    def _make(self, values: tuple[ShownValue, ...], free: tuple[Free, ...]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._fields, self._names, self._lines = {}, {}, []
        name = QLabel(f"{_OCCLUDED.name}{_MARKS[_OCCLUDED.scope]}")
        name.setProperty("quiet", True)
        name.setToolTip("A mark of its own: it holds until the next manual box")
        self._occluded = SegmentField(_OCCLUDED, ((YES, "Yes"),))
        self._occluded.value_given.connect(lambda _: self.occlusion_toggled.emit())
        self._add_row(name, self._occluded)
        for each in values:
            self._add_attribute(each.attribute)
        for name_of, _, is_of_frame in free:
            self._add_free(name_of, is_of_frame)

    def _add_row(self, name: QWidget, field: QWidget) -> None:
        row = self._grid.rowCount()
        self._grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignLeft)
        self._grid.addWidget(field, row, 1)

    def _add_attribute(self, attribute: Attribute) -> None:
        name = _name_button(f"{attribute.name}{_MARKS[attribute.scope]}")
        menu = QMenu(name)
        menu.addAction("Edit Attribute…", partial(self.edit_asked.emit, attribute.attribute_id))
        menu.addAction("Clear Value", partial(self.said.emit, attribute.name, "", attribute.is_of_frames))
        menu.addAction("Remove Attribute", partial(self.removal_asked.emit, attribute.attribute_id))
        name.setMenu(menu)
        field = field_for(attribute)
        field.value_given.connect(lambda value: self.said.emit(attribute.name, value, attribute.is_of_frames))
        self._fields[attribute.attribute_id] = field
        self._names[attribute.attribute_id] = name
        self._add_row(name, field)

    def _add_free(self, name_of: str, is_of_frame: bool) -> None:
        name = _name_button(name_of)
        name.setToolTip("Said of this object, but not offered as an attribute")
        menu = QMenu(name)
        menu.addAction("Offer as Attribute…", partial(self.offer_asked.emit, name_of, is_of_frame))
        menu.addAction("Clear Value", partial(self.said.emit, name_of, "", is_of_frame))
        name.setMenu(menu)
        line = TextField()
        line.setAccessibleName(name_of)
        line.text_given.connect(lambda value: self.said.emit(name_of, value, is_of_frame))
        self._lines.append(line)
        self._add_row(name, line)

    def _mark(self, shown: ShownValue) -> None:
        name, attribute = self._names[shown.attribute.attribute_id], shown.attribute
        key = f"   {self._keys[attribute.hotkey]}" if self._keys.get(attribute.hotkey) else ""
        problem = f"\n{attribute.name} {shown.problem}" if shown.problem else ""
        name.setToolTip(f"{_SCOPES[attribute.scope]}{key}{problem}")
        if name.property("problem") != shown.problem:
            name.setProperty("problem", shown.problem)
            name.setProperty("level", "warning" if shown.problem else "")
            name.style().unpolish(name)
            name.style().polish(name)


def _name_button(text: str) -> QPushButton:
    name = QPushButton(text)
    name.setObjectName("attribute_name")
    name.setFlat(True)
    name.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
    return name
