"""Fields for values of attributes, one kind of field for each kind of value."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from dlst_gui.project.attribute_values import ShownValue
from dlst_gui.project.attributes import NO, YES, Attribute, AttributeKind
from dlst_gui.views.label_set.text_field import TextField

NOTHING = "–"
MOST_SEGMENTS = 3
"""Choices that fit side by side."""
LONGEST_SEGMENTS = 18
"""Letters of all of them."""


class ValueField(QWidget):
    """Shows one value, and tells what a person gives instead; "" for nothing."""

    value_given = Signal(str)

    def __init__(self, attribute: Attribute) -> None:
        super().__init__()
        self.attribute = attribute
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)

    def show_value(self, shown: ShownValue) -> None:
        """Show it without reporting it."""
        raise NotImplementedError

    def give(self) -> None:
        """Take what was written by now; a value that is clicked is taken already."""

    def _add(self, field: QWidget) -> None:
        field.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        field.setAccessibleName(self.attribute.name)
        self._layout.addWidget(field)
        if self.focusProxy() is None:
            self.setFocusProxy(field)


class SegmentField(ValueField):
    """A few choices side by side; a click on the one that is taken takes it back."""

    def __init__(self, attribute: Attribute, choices: tuple[tuple[str, str], ...]) -> None:
        super().__init__(attribute)
        self._buttons: dict[str, QToolButton] = {}
        for value, words in choices:
            button = QToolButton()
            button.setObjectName("segment")
            button.setText(words)
            button.setCheckable(True)
            self._add(button)
            button.setAccessibleName(f"{attribute.name}: {words}")
            button.clicked.connect(lambda is_on, value=value: self.value_given.emit(value if is_on else ""))
            self._buttons[value] = button

    def show_value(self, shown: ShownValue) -> None:
        for value, button in self._buttons.items():
            button.setChecked(shown.value == value)


class ListField(ValueField):
    """Many choices in a list, which begins with none of them."""

    def __init__(self, attribute: Attribute) -> None:
        super().__init__(attribute)
        self._box = QComboBox()
        self._box.addItem(NOTHING, "")
        for choice in attribute.choices:
            self._box.addItem(choice, choice)
        self._box.setMinimumContentsLength(6)
        self._box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._add(self._box)
        self._box.activated.connect(self._on_activated)

    def show_value(self, shown: ShownValue) -> None:
        with QSignalBlocker(self._box):
            if self._box.findData(shown.value) < 0:
                self._box.addItem(shown.value, shown.value)
            self._box.setCurrentIndex(self._box.findData(shown.value))

    @Slot(int)
    def _on_activated(self, position: int) -> None:
        self.value_given.emit(str(self._box.itemData(position)))


class WrittenField(ValueField):
    """A text or a number, taken when it is complete."""

    def __init__(self, attribute: Attribute) -> None:
        super().__init__(attribute)
        self._line = TextField()
        self._add(self._line)
        self._line.text_given.connect(self.value_given)

    def show_value(self, shown: ShownValue) -> None:
        self._line.setPlaceholderText(shown.attribute.default or NOTHING)
        self._line.show_text(shown.value if shown.is_said else "")

    def give(self) -> None:
        self._line.give()


def field_for(attribute: Attribute) -> ValueField:
    """The field for an attribute's values."""
    if attribute.kind is AttributeKind.YES_NO:
        return SegmentField(attribute, ((YES, "Yes"), (NO, "No")))
    if attribute.kind is AttributeKind.CHOICE:
        is_short = len("".join(attribute.choices)) <= LONGEST_SEGMENTS
        if len(attribute.choices) <= MOST_SEGMENTS and is_short:
            return SegmentField(attribute, tuple((each, each) for each in attribute.choices))
        return ListField(attribute)
    return WrittenField(attribute)
