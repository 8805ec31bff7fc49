"""The constants of a system as a table that is searched and changed."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QComboBox,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from tracker_core import ConfigField, FieldValue, value_text

_HEADS = ("Constant", "Value", "Default", "Unit", "Meaning")
NAME, VALUE, DEFAULT, UNIT, MEANING = range(5)
_WIDTHS = (204, 82, 76, 92)  # screen pixels; the meaning has the rest
ROW_HEIGHT = 26  # screen pixels
Index = QModelIndex | QPersistentModelIndex


class FieldModel(QAbstractTableModel):
    """Constants, and what they are to be instead."""

    refused = Signal(str)  # what is wrong with what was typed
    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._fields: tuple[ConfigField, ...] = ()
        self._changes: dict[str, FieldValue] = {}

    @property
    def changes(self) -> Mapping[str, FieldValue]:
        """Those that are to be other than the system's, by name."""
        return {each.name: self._changes[each.name] for each in self._fields if each.name in self._changes}

    def show_fields(self, fields: tuple[ConfigField, ...]) -> None:
        """Those of another system; what was changed stays so where it has the constant, and takes the value."""
        self.beginResetModel()
        self._fields = fields
        known = {each.name: each for each in fields}
        self._changes = {
            name: value
            for name, value in self._changes.items()
            if name in known and known[name].value != value and _is_taken(known[name], value)
        }
        self.endResetModel()
        self.edited.emit()

    def field_at(self, row: int) -> ConfigField:
        """The constant of a row."""
        return self._fields[row]

    def reset(self) -> None:
        """Let all be as the system has them."""
        self.beginResetModel()
        self._changes.clear()
        self.endResetModel()
        self.edited.emit()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's
        return 0 if parent.isValid() else len(self._fields)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's
        return 0 if parent.isValid() else len(_HEADS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        is_head = orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return _HEADS[section] if is_head else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() == VALUE else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        field, column = self._fields[index.row()], index.column()
        is_changed = field.name in self._changes
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            value = self._changes.get(field.name, field.value) if is_changed else field.value
            return (field.name, value_text(value), value_text(field.value), field.unit, field.comment)[column]
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{field.name}\n{described(field)}"
        if role == Qt.ItemDataRole.FontRole and is_changed and column in (NAME, VALUE):
            font = QFont()
            font.setBold(True)
            return font
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or index.column() != VALUE:
            return False
        field, typed = self._fields[index.row()], str(value)
        try:
            taken = field.value if not typed.strip() else field.parsed(typed)
        except ValueError as error:
            self.refused.emit(f"{error}.")
            return False
        if taken == field.value:
            self._changes.pop(field.name, None)
        else:
            self._changes[field.name] = taken
        self.dataChanged.emit(self.index(index.row(), 0), self.index(index.row(), MEANING))
        self.edited.emit()
        return True


def described(field: ConfigField) -> str:
    """What a constant is about, and the values it takes."""
    said = field.comment[:1].upper() + field.comment[1:] if field.comment else ""
    sentences = (said, f"Takes {field.expected}", field.group.partition("\n")[0].rstrip("."))
    return ". ".join(filter(None, sentences)) + "."


class FieldFilter(QSortFilterProxyModel):
    """The constants whose name, meaning or unit has all words that were typed; or of these the changed ones."""

    def __init__(self, model: FieldModel) -> None:
        super().__init__()
        self._model = model
        self._words: tuple[str, ...] = ()
        self._is_changed_only = False
        self.setSourceModel(model)

    def set_words(self, text: str) -> None:
        """Look for these."""
        self._words = tuple(text.lower().split())
        self.invalidate()

    def set_changed_only(self, is_changed_only: bool) -> None:
        """Show those alone that are changed."""
        self._is_changed_only = is_changed_only
        self.invalidate()

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        field = self._model.field_at(source_row)
        if self._is_changed_only and field.name not in self._model.changes:
            return False
        text = f"{field.name} {field.comment} {field.unit}".lower()
        return all(word in text for word in self._words)


class FieldTable(QTableView):
    """A double click, or typing on a row, changes its value; an empty one is the default again."""

    described = Signal(str)  # the constant of the current row

    def __init__(self, shown: FieldFilter) -> None:
        super().__init__()
        self.setModel(shown)
        self.setObjectName("fields")
        self.setItemDelegate(ValueDelegate(self))
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setEditTriggers(
            QTableView.EditTrigger.DoubleClicked
            | QTableView.EditTrigger.AnyKeyPressed
            | QTableView.EditTrigger.EditKeyPressed
        )
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, width in enumerate(_WIDTHS):
            self.setColumnWidth(column, width)
        head.setSectionResizeMode(MEANING, QHeaderView.ResizeMode.Stretch)
        self.setAccessibleName("Constants")

    def begin(self) -> None:
        """Let keys change the first value that is shown."""
        self.setFocus()
        self.setCurrentIndex(self.model().index(0, VALUE))

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        self.described.emit(described(_field_of(current)) if current.isValid() else "")

    def moveCursor(self, action: QTableView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Up and down the values: they are what typing changes."""
        moved = super().moveCursor(action, modifiers)
        return moved.siblingAtColumn(VALUE) if moved.isValid() else moved


class ValueDelegate(QStyledItemDelegate):
    """A list where a constant is one of a few words, else a line to type in."""

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        field = _field_of(index)
        choices = ("yes", "no") if field.kind is bool else field.choices
        if not choices:
            return super().createEditor(parent, option, index)
        box = QComboBox(parent)
        box.addItems(list(choices))
        box.activated.connect(lambda: self._on_chosen(box))
        return box

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        if isinstance(editor, QComboBox):
            editor.setCurrentText(str(index.data()))
        else:
            super().setEditorData(editor, index)

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        if isinstance(editor, QComboBox):
            model.setData(index, editor.currentText())
        else:
            super().setModelData(editor, model, index)

    def _on_chosen(self, box: QComboBox) -> None:
        self.commitData.emit(box)
        self.closeEditor.emit(box)


def _field_of(index: Index) -> ConfigField:
    shown = index.model()
    assert isinstance(shown, FieldFilter)
    model = shown.sourceModel()
    assert isinstance(model, FieldModel)
    return model.field_at(shown.mapToSource(index).row())


def _is_taken(field: ConfigField, value: FieldValue) -> bool:
    try:
        field.checked(value)
    except ValueError:
        return False
    return True
