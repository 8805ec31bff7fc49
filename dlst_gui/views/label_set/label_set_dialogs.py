"""Asks for files of label sets."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from dlst_gui.label_set.label_set_file import LabelSetFormat
from dlst_gui.session.labelling import Labelling
from dlst_gui.session.session import Session
from dlst_gui.views.dialogs.closing_dialogs import closing_with_project
from dlst_gui.views.settings.user_settings import UserSettings
from dlst_gui.views.start.starting_folder import starting_folder

LABEL_SET_FILTER = "Label sets (*.json *.xml);;All files (*)"


class LabelSetDialogs(QObject):
    """Asks over `window`, beginning where the last video was."""

    def __init__(self, window: QWidget, session: Session, labelling: Labelling, user: UserSettings) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._labelling = labelling
        self._user = user

    def choose_to_take(self) -> None:
        """Ask for a file, and whether it comes beside what is offered or in its place."""
        dialog = QFileDialog(self._window, "Import Label Set", self._folder(), LABEL_SET_FILTER)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._on_chosen)
        closing_with_project(dialog, self._session).open()

    def choose_to_write(self) -> None:
        """Ask where a file goes, and in which format."""
        titles = {f"{each.title} (*{each.suffix})": each for each in LabelSetFormat}
        dialog = QFileDialog(self._window, "Export Label Set", self._folder(), ";;".join(titles))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("json")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filterSelected.connect(lambda name: dialog.setDefaultSuffix(titles[name].suffix.lstrip(".")))
        dialog.fileSelected.connect(
            lambda path: self._labelling.write_file(Path(path), titles[dialog.selectedNameFilter()])
        )
        closing_with_project(dialog, self._session).open()

    def _folder(self) -> str:
        return starting_folder(self._user.preferences.recent)

    @Slot(str)
    def _on_chosen(self, chosen: str) -> None:
        path = Path(chosen)
        offered = self._labelling.offered
        if not offered.labels and not offered.attributes:
            self._labelling.take_file(path, replaces=False)
            return
        title = f"Import {path.name}"
        box = QMessageBox(
            QMessageBox.Icon.Question, title, title, QMessageBox.StandardButton.NoButton, self._window
        )
        box.setInformativeText(
            "Add its labels and attributes to those of this project, or replace them? "
            "Labels and values of objects stay either way, and one Undo takes it back."
        )
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for words, replaces in (("Add", False), ("Replace", True)):
            button = box.addButton(words, QMessageBox.ButtonRole.AcceptRole)
            button.clicked.connect(
                lambda _=False, replaces=replaces: self._labelling.take_file(path, replaces=replaces)
            )
        box.addButton(QMessageBox.StandardButton.Cancel)
        closing_with_project(box, self._session).open()
