"""The dialogs of import and export, made when they are first wanted; their work ends with the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog, QWidget

from dlst_gui.session.exporting import Exporting
from dlst_gui.session.session import Session
from dlst_gui.views.exchange.export_dialog import ExportDialog
from dlst_gui.views.exchange.import_dialog import ImportDialog
from dlst_gui.views.exchange.video_dialog import VideoDialog
from dlst_gui.views.settings.user_settings import UserSettings

LABEL_SUFFIXES = frozenset({".csv", ".json", ".jsonl", ".txt", ".xml", ".yaml", ".yml", ".zip"})
"""Of files that are imported when they are dropped; folders are opened."""

MARGIN = 12  # pixels between a dialog and the edge of the window


class ExchangeDialogs(QObject):
    """Shows each dialog at the window's right edge, where it leaves the frame in sight."""

    def __init__(self, window: QWidget, session: Session, user: UserSettings) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._user = user
        self._exporting = Exporting(session)
        self._export: ExportDialog | None = None
        self._video: VideoDialog | None = None
        self._import: ImportDialog | None = None

    def show_export(self) -> ExportDialog:
        """Open Export Labels, or bring it to the front."""
        if self._export is None:
            self._export = ExportDialog(self._session, self._user, self._exporting, self._window)
        self._show(self._export)
        return self._export

    def show_video_export(self) -> VideoDialog:
        """Open Export Annotated Video, or bring it to the front."""
        if self._video is None:
            self._video = VideoDialog(self._session, self._user, self._exporting, self._window)
        self._show(self._video)
        return self._video

    def show_import(self) -> ImportDialog:
        """Open Import Labels, or bring it to the front."""
        if self._import is None:
            self._import = ImportDialog(self._session, self._window)
        self._show(self._import)
        return self._import

    def take_labels(self, path: Path) -> bool:
        """Import a file that was dropped onto the window; False where it is none of labels, by its name."""
        if path.suffix.lower() not in LABEL_SUFFIXES:
            return False
        if self._session.playhead.source is None:
            self._session.noted.emit("Open the video first, then drop its labels.")
        else:
            self.show_import().choose(path)
        return True

    def close(self) -> None:
        """End their work, and wait; what is not complete leaves what was there."""
        for dialog in (self._export, self._video, self._import):
            if dialog is not None:
                dialog.close_jobs()
                dialog.hide()

    def _show(self, dialog: QDialog) -> None:
        if not dialog.isVisible():
            frame = self._window.frameGeometry()
            left = max(frame.right() - dialog.width() - MARGIN, frame.left())
            top = frame.top() + max((frame.height() - dialog.height()) // 2, 0)
            dialog.move(left, top)
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()
