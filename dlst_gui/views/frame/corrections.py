"""The correction bank: every box a person gave of the selected track, each of which can be taken back."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListView, QPushButton, QVBoxLayout, QWidget

from dlst_gui.project.keyframe_block import KeyframeBlock
from dlst_gui.project.tracks import Keyframe, Visibility

_TOP = QModelIndex()


class _Lines(QAbstractListModel):
    """A line for each manual box, made when it comes into view: there may be a hundred thousand."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.block = KeyframeBlock.empty()

    def show_block(self, block: KeyframeBlock) -> None:
        self.beginResetModel()
        self.block = block
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _TOP) -> int:
        return 0 if parent.isValid() else len(self.block)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | None:
        is_line = role == Qt.ItemDataRole.DisplayRole and index.row() < len(self.block)
        return _line(self.block.keyframe(index.row())) if is_line else None

    def frame_index(self, index: QModelIndex) -> int:
        return int(self.block.frame_indices[index.row()])


class Corrections(QWidget):
    """Shows manual boxes; asks to go to one, or to take one back."""

    frame_sought = Signal(int)
    removal_asked = Signal(int)  # frame index

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)  # a panel, as the others
        self._words = QLabel()
        self._words.setWordWrap(True)
        self._words.setProperty("quiet", True)
        self._lines = _Lines(self)
        self._list = QListView()
        self._list.setModel(self._lines)
        self._list.setUniformItemSizes(True)
        self._list.setAccessibleName("Manual boxes of this object")
        self._remove = QPushButton("Remove")
        self._remove.setToolTip("Remove this box: the next run does not learn from it")
        self._remove.setAccessibleName("Remove the selected box")
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self._remove)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        for widget in (self._words, self._list):
            layout.addWidget(widget)
        layout.addLayout(buttons)
        self._list.activated.connect(self._on_activated)
        self._list.clicked.connect(self._on_activated)
        self._list.selectionModel().selectionChanged.connect(self._refresh_button)
        self._remove.clicked.connect(self._on_remove)
        delete = QShortcut(QKeySequence(Qt.Key.Key_Delete), self._list)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self._on_remove)
        self.show_keyframes(KeyframeBlock.empty())

    @property
    def texts(self) -> tuple[str, ...]:
        """The lines of the list."""
        return tuple(_line(each) for each in self._lines.block)

    def show_keyframes(self, keyframes: KeyframeBlock) -> None:
        """List these, in their order."""
        n = len(keyframes)
        if n and keyframes == self._lines.block:
            return
        self._lines.show_block(keyframes)
        self._words.setText(
            "Manual boxes of this object are listed here; every run learns from all of them."
            if n == 0
            else f"{n} manual boxes; every run of this object learns from all of them."
            if n > 1
            else "1 manual box; every run of this object learns from it."
        )
        self._refresh_button()

    @Slot()
    def _refresh_button(self) -> None:
        self._remove.setEnabled(bool(self._list.selectedIndexes()))

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        self.frame_sought.emit(self._lines.frame_index(index))

    @Slot()
    def _on_remove(self) -> None:
        for frame_index in [self._lines.frame_index(index) for index in self._list.selectedIndexes()]:
            self.removal_asked.emit(frame_index)


def _line(keyframe: Keyframe) -> str:
    box = keyframe.box
    words = keyframe.origin.value if keyframe.visibility is Visibility.VISIBLE else keyframe.visibility.value
    return (
        f"frame {keyframe.frame_index}   {words}   {box.width:.0f} × {box.height:.0f} at {box.x:.0f}, {box.y:.0f}"
    )
