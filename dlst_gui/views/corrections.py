"""The correction bank: every box a person gave of the selected track, each of which can be taken back."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from dlst_gui.project.tracks import Keyframe, Visibility

_FRAME = Qt.ItemDataRole.UserRole


class Corrections(QWidget):
    """Shows manual boxes; asks to go to one, or to take one back."""

    frame_sought = Signal(int)
    removal_asked = Signal(int)  # frame index

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)  # a panel, as the others
        self._keyframes: tuple[Keyframe, ...] = ()
        self._words = QLabel()
        self._words.setWordWrap(True)
        self._words.setProperty("quiet", True)
        self._list = QListWidget()
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
        self._list.itemActivated.connect(self._on_activated)
        self._list.itemClicked.connect(self._on_activated)
        self._list.itemSelectionChanged.connect(self._refresh_button)
        self._remove.clicked.connect(self._on_remove)
        delete = QShortcut(QKeySequence(Qt.Key.Key_Delete), self._list)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self._on_remove)
        self.show_keyframes(())

    @property
    def texts(self) -> tuple[str, ...]:
        """The lines of the list."""
        return tuple(self._list.item(row).text() for row in range(self._list.count()))

    def show_keyframes(self, keyframes: tuple[Keyframe, ...]) -> None:
        """List these, in their order."""
        if keyframes == self._keyframes and self._list.count() == len(keyframes) and keyframes:
            return
        self._keyframes = keyframes
        self._list.clear()
        for keyframe in keyframes:
            item = QListWidgetItem(_line(keyframe))
            item.setData(_FRAME, keyframe.frame_index)
            self._list.addItem(item)
        n = len(keyframes)
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
        self._remove.setEnabled(bool(self._list.selectedItems()))

    @Slot(QListWidgetItem)
    def _on_activated(self, item: QListWidgetItem) -> None:
        self.frame_sought.emit(item.data(_FRAME))

    @Slot()
    def _on_remove(self) -> None:
        for item in self._list.selectedItems():
            self.removal_asked.emit(item.data(_FRAME))


def _line(keyframe: Keyframe) -> str:
    box = keyframe.box
    words = keyframe.origin.value if keyframe.visibility is Visibility.VISIBLE else keyframe.visibility.value
    return (
        f"frame {keyframe.frame_index}   {words}   {box.width:.0f} × {box.height:.0f} at {box.x:.0f}, {box.y:.0f}"
    )
