"""Describes one attribute: name, kind of value, what a value holds for, and whose it is."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from dlst_gui.formats.own.attribute_json import HOTKEYS
from dlst_gui.formats.syntax.text_input import finite
from dlst_gui.project.attributes import Attribute, AttributeKind, AttributeScope
from dlst_gui.views.style.status_level import StatusLevel, set_status

NO_KEY = "none"


class AttributeDialog(QDialog):
    """Hands the attribute to `take` once it makes sense; says what does not, or why it was not taken."""

    def __init__(
        self,
        attribute: Attribute,
        labels: tuple[str, ...],
        take: Callable[[Attribute], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Attribute")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._attribute = attribute
        self._take = take
        self._name = QLineEdit(attribute.name)
        self._kind = _choice(AttributeKind, attribute.kind)
        self._scope = _choice(AttributeScope, attribute.scope)
        self._choices = QPlainTextEdit("\n".join(attribute.choices))
        self._choices.setPlaceholderText("One choice per line")
        self._choices.setFixedHeight(84)
        self._choices.setTabChangesFocus(True)
        self._bounds = tuple(QLineEdit(_number_text(each)) for each in _bounds_of(attribute))
        self._default = QLineEdit(attribute.default)
        self._required = QCheckBox("An export reports objects without a value")
        self._required.setChecked(attribute.is_required)
        self._labels = QLineEdit(", ".join(attribute.labels))
        self._labels.setPlaceholderText("All labels")
        self._labels.setToolTip(f"Labels whose objects have it, with commas: {', '.join(labels) or 'none yet'}")
        self._key = QComboBox()
        self._key.addItems([NO_KEY, *HOTKEYS])
        self._key.setCurrentText(attribute.hotkey or NO_KEY)
        self._key.setToolTip(
            "The command Set Attribute with this number (Ctrl+Alt and the number, unless you changed it)"
        )
        self._problem = QLabel()
        self._problem.setObjectName("note")
        self._problem.setWordWrap(True)
        self._problem.hide()
        self._fill()
        self._kind.currentIndexChanged.connect(self._show_kind)
        self._show_kind()
        self._name.selectAll()
        self._name.setFocus()  # else the first button has it

    @property
    def problem(self) -> str:
        """What does not make sense; "" where nothing was found."""
        return "" if self._problem.isHidden() else self._problem.text()

    def _fill(self) -> None:
        numbers = QWidget()
        row = QHBoxLayout(numbers)
        row.setContentsMargins(0, 0, 0, 0)
        for field, word in zip(self._bounds, ("Least", "Most", "Step"), strict=True):
            field.setPlaceholderText(word)
            field.setAccessibleName(word)
            row.addWidget(field)
        self._form = QFormLayout()
        self._form.setVerticalSpacing(8)
        for name, made in (
            ("Name", self._name),
            ("Values", self._kind),
            ("Choices", self._choices),
            ("Limits", numbers),
            ("Holds for", self._scope),
            ("Objects", self._labels),
            ("Default", self._default),
            ("Required", self._required),
            ("Key", self._key),
        ):
            self._form.addRow(name, made)
            if not made.accessibleName():
                made.setAccessibleName(name)
        self._numbers = numbers
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, parent=self
        )
        buttons.accepted.connect(self._on_accepted)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(self._form)
        layout.addWidget(self._problem)
        layout.addWidget(buttons)
        self.setMinimumWidth(420)

    @Slot()
    def _show_kind(self) -> None:
        kind = self._kind.currentData()
        self._form.setRowVisible(self._choices, kind is AttributeKind.CHOICE)
        self._form.setRowVisible(self._numbers, kind is AttributeKind.NUMBER)
        self.adjustSize()

    @Slot()
    def _on_accepted(self) -> None:
        try:
            problem = self._take(self._made())
        except ValueError as error:
            problem = f"{str(error)[:1].upper()}{str(error)[1:]}."
        if problem:
            set_status(self._problem, problem, StatusLevel.WARNING)
            self._problem.show()
        else:
            self.accept()

    def _made(self) -> Attribute:
        kind = self._kind.currentData()
        lines = (line.strip() for line in self._choices.toPlainText().splitlines())
        least, most, step = (_number_in(field) for field in self._bounds)
        is_number = kind is AttributeKind.NUMBER
        labels = tuple(dict.fromkeys(filter(None, (each.strip() for each in self._labels.text().split(",")))))
        key = self._key.currentText()
        return Attribute(
            self._attribute.attribute_id,
            self._name.text().strip(),
            kind,
            self._scope.currentData(),
            tuple(dict.fromkeys(filter(None, lines))) if kind is AttributeKind.CHOICE else (),
            self._default.text().strip(),
            self._required.isChecked(),
            labels,
            "" if key == NO_KEY else key,
            least if is_number else None,
            most if is_number else None,
            step if is_number else None,
        )


def _choice(vocabulary: type[AttributeKind | AttributeScope], taken: AttributeKind | AttributeScope) -> QComboBox:
    box = QComboBox()
    for member in vocabulary:
        box.addItem(member.value.capitalize(), member)
    box.setCurrentIndex(list(vocabulary).index(taken))
    return box


def _bounds_of(attribute: Attribute) -> tuple[float | None, float | None, float | None]:
    return attribute.least, attribute.most, attribute.step


def _number_text(number: float | None) -> str:
    return "" if number is None else f"{number:.15g}"


def _number_in(field: QLineEdit) -> float | None:
    text = field.text().strip()
    number = finite(text)
    if text and number is None:
        raise ValueError(f"{field.placeholderText()} is {text!r}, which is not a number")
    return number
