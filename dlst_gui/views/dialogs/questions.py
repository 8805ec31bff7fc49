"""Questions of the window: none blocks; each passes its answer on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QCheckBox, QColorDialog, QInputDialog, QMessageBox, QSpinBox, QWidget

from dlst_gui.exchange.errors import ForeignFileError
from dlst_gui.project.choices import Choice, UndecidedProjectError
from dlst_gui.project.review import span_words
from dlst_gui.settings.preferences import DeleteScope
from dlst_gui.tracking.run_plans import TrackedStretch


def ask_about_project(
    parent: QWidget, question: UndecidedProjectError, decide: Callable[[Choice], None]
) -> QMessageBox:
    """What to do with a project that cannot simply be opened; nothing happens where the box is closed."""
    box = _box(parent, question.title, question.message)
    box.setDetailedText(question.details)
    for choice in question.choices:
        button = box.addButton(choice.value, QMessageBox.ButtonRole.AcceptRole)
        button.clicked.connect(lambda _=False, choice=choice: decide(choice))
    box.addButton("View Only", QMessageBox.ButtonRole.RejectRole)
    for each in box.buttons():  # a message box would rather cut their words off than grow
        each.ensurePolished()
        each.setMinimumWidth(each.sizeHint().width())
    box.open()
    return box


def ask_delete_scope(parent: QWidget, take: Callable[[DeleteScope, bool], None]) -> QMessageBox:
    """How much "delete" means; with whether to ask the next time."""
    box = _box(parent, "Delete", "Which boxes of this object should be deleted?")
    asks_again = QCheckBox("Ask every time")
    asks_again.setChecked(True)
    box.setCheckBox(asks_again)
    for scope in DeleteScope:
        button = box.addButton(scope.value.capitalize(), QMessageBox.ButtonRole.AcceptRole)
        button.clicked.connect(lambda _=False, scope=scope: take(scope, asks_again.isChecked()))
        if scope is DeleteScope.HERE:
            box.setDefaultButton(button)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.open()
    return box


def ask_where_to_track(
    parent: QWidget, stretch: TrackedStretch, *, go_on: Callable[[], None], again: Callable[[], None]
) -> QMessageBox:
    """Whether a run goes on where the boxes of an object end, or tracks them again."""
    words = f"{span_words(*sorted((stretch.start, stretch.end))).capitalize()} have boxes already."
    if stretch.is_lost:
        words += f" The tracker has lost the object on frame {stretch.end}."
    elif not stretch.can_go_on:
        words += " There is nothing left to track this way."
    box = _box(parent, "Track from where?", words)
    if stretch.can_go_on:
        button = box.addButton(f"Go On from Frame {stretch.end}", QMessageBox.ButtonRole.AcceptRole)
        button.clicked.connect(lambda _=False: go_on())
        box.setDefaultButton(button)
    button = box.addButton(f"Track Again from Frame {stretch.start}", QMessageBox.ButtonRole.AcceptRole)
    button.clicked.connect(lambda _=False: again())
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    if not stretch.can_go_on or stretch.is_lost:
        box.setDefaultButton(cancel)
    box.open()
    return box


def ask_to_replace(parent: QWidget, path: Path, replace: Callable[[], None]) -> QMessageBox:
    """Whether a file may be replaced that this program has not made; nothing happens where the box is closed."""
    words = f"{path} {ForeignFileError.WORDS}. Its content would be lost."
    box = _box(parent, f"Replace {path.name}?", words)
    box.addButton("Replace", QMessageBox.ButtonRole.AcceptRole).clicked.connect(lambda _=False: replace())
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    box.open()
    return box


def ask_label(parent: QWidget, labels: Sequence[str], present: str, take: Callable[[str], None]) -> QInputDialog:
    """A label: one that is offered, or a new one."""
    names = list(dict.fromkeys([present, *labels]))
    dialog = _list_dialog(parent, "Label", "Label of this object, new or existing:", names)
    dialog.setComboBoxEditable(True)
    dialog.textValueSelected.connect(take)
    dialog.open()
    return dialog


def ask_frame_to_track_to(
    parent: QWidget, words: str, *, offered: int, last: int, take: Callable[[int], None]
) -> QInputDialog:
    """How far to track, as a frame counted from 0."""
    dialog = QInputDialog(parent)
    dialog.setWindowTitle("Track to Frame")
    dialog.setLabelText(words)
    dialog.setInputMode(QInputDialog.InputMode.IntInput)
    dialog.setIntRange(0, last)
    dialog.setIntValue(offered)
    dialog.setOkButtonText("Track")
    number = dialog.findChild(QSpinBox)
    if number is not None:
        number.setAlignment(Qt.AlignmentFlag.AlignRight)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.intValueSelected.connect(take)
    dialog.open()
    return dialog


def _box(parent: QWidget, title: str, message: str) -> QMessageBox:
    box = QMessageBox(QMessageBox.Icon.Question, title, title, QMessageBox.StandardButton.NoButton, parent)
    box.setInformativeText(message)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return box


def _list_dialog(parent: QWidget, title: str, words: str, names: list[str]) -> QInputDialog:
    dialog = QInputDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setLabelText(words)
    dialog.setComboBoxItems(names)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return dialog


def ask_attributes(
    parent: QWidget, title: str, present: Mapping[str, str], take: Callable[[Mapping[str, str]], None]
) -> QInputDialog:
    """Names and values, a line each."""
    dialog = QInputDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setLabelText(f"{title}, one per line, as name=value:")
    dialog.setOption(QInputDialog.InputDialogOption.UsePlainTextEditForTextInput)
    dialog.setTextValue("\n".join(f"{name}={value}" for name, value in present.items()))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.textValueSelected.connect(lambda text: take(attributes_in(text)))
    dialog.open()
    return dialog


def attributes_in(text: str) -> dict[str, str]:
    """`name=value` lines as names and values; a line without a sign is a name whose value is empty."""
    pairs = (line.partition("=") for line in text.splitlines() if line.strip())
    return {name.strip(): value.strip() for name, _, value in pairs if name.strip()}


def ask_color(parent: QWidget, present: str, take: Callable[[str], None]) -> QColorDialog:
    """A colour, as #rrggbb."""
    dialog = QColorDialog(QColor(present), parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.colorSelected.connect(lambda color: take(color.name()))
    dialog.open()
    return dialog
