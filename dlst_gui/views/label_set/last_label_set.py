"""The label set that was used last comes with the next video."""

from __future__ import annotations

import logging
from pathlib import Path

from PySide6.QtCore import QObject, Slot

from dlst_gui.formats.errors import FormatError
from dlst_gui.label_set.label_set_file import LabelSetFormat, read_label_set, write_label_set
from dlst_gui.label_set.shipped import SHIPPED
from dlst_gui.project.label_set_edits import OfferedLabels
from dlst_gui.session.labelling import Labelling
from dlst_gui.session.session import Session

FILE = "label-set.json"

_log = logging.getLogger(__name__)


class LastLabelSet(QObject):
    """Keeps it in the user's settings; without a folder for them every new project offers the shipped set."""

    def __init__(self, session: Session, labelling: Labelling, folder: Path | None, parent: QObject) -> None:
        super().__init__(parent)
        self._labelling = labelling
        self._path = None if folder is None else folder / FILE
        self._kept: OfferedLabels | None = None
        session.project_opened.connect(self._on_project_opened)
        session.project_changed.connect(self._on_project_changed)

    @Slot()
    def _on_project_opened(self) -> None:
        self._kept = None
        self._labelling.begin_with(self._read())
        self._kept = self._labelling.offered  # what is opened is not used yet

    @Slot()
    def _on_project_changed(self) -> None:
        offered = self._labelling.offered
        if self._path is None or self._kept is None or offered == self._kept:
            return
        self._kept = offered
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_label_set(offered, self._path, LabelSetFormat.SHARED)
        except OSError as error:
            _log.warning("%s cannot be written: %s", self._path, error)

    def _read(self) -> OfferedLabels:
        if self._path is None or not self._path.exists():
            return SHIPPED
        try:
            return read_label_set(self._path).offered
        except FormatError as error:
            _log.warning("%s; offering what is shipped", error)
            return SHIPPED
