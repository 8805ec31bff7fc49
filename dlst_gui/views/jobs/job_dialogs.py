"""What the window asks about a list: where it is saved, and how all of it is exported."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from dlst_gui.jobs.job_file import SUFFIX, JobFileError, write_job_file
from dlst_gui.session.overnight import Overnight
from dlst_gui.session.session import Session
from dlst_gui.views.jobs.export_all_dialog import ExportAllDialog
from dlst_gui.views.jobs.overnight_dialog import OvernightDialog
from dlst_gui.views.settings.user_settings import UserSettings

FIRST_NAME = f"videos{SUFFIX}"


class JobDialogs(QObject):
    """Asks over `window`; no question blocks."""

    def __init__(self, window: QWidget, session: Session, user: UserSettings) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._user = user
        self._export: ExportAllDialog | None = None
        self._overnight: Overnight | None = None
        self._overnight_dialog: OvernightDialog | None = None

    def choose_list_target(self) -> None:
        """Ask where the list is saved: beside its videos, so that both can be given away together."""
        jobs = self._session.jobs.list
        if jobs is None:
            return
        is_kept = jobs.path is not None and jobs.path.suffix == SUFFIX
        offered = jobs.path if is_kept else jobs.folder / FIRST_NAME
        dialog = QFileDialog(self._window, "Save Job List", str(offered), f"Job lists (*{SUFFIX})")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(SUFFIX.removeprefix("."))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.save_list(Path(path)))
        self._session.jobs.changed.connect(dialog.deleteLater)  # or it would save another list
        dialog.open()

    def save_list(self, path: Path) -> None:
        """Write the list to a file, which is opened again like a video."""
        jobs = self._session.jobs.list
        if jobs is None:
            return
        try:
            kept = write_job_file(jobs, path)
        except JobFileError as error:
            self._session.failed.emit("List not saved", str(error), "")
            return
        self._session.jobs.keep_as(kept)
        self._user.set_preferences(self._user.preferences.with_recent(path.absolute()))
        self._session.noted.emit(f"List saved to {path}")

    def show_export(self) -> ExportAllDialog | None:
        """Open Export All Videos, or bring it to the front."""
        jobs = self._session.jobs.list
        if jobs is None:
            return None
        if self._export is None:
            self._export = ExportAllDialog(self._session, self._window)
        self._export.show_list(jobs)
        self._export.show()
        self._export.raise_()
        self._export.activateWindow()
        return self._export

    def show_overnight(self) -> OvernightDialog | None:
        """Open Track All Jobs Overnight, or bring it to the front."""
        folder = self._session.current_project.opener.data_folder
        if self._session.jobs.list is None or folder is None:
            return None
        if self._overnight_dialog is None or self._overnight is None:
            self._overnight = Overnight(folder.parent / "overnight")
            self._overnight.video_ended.connect(self._on_video_ended)
            self._overnight_dialog = OvernightDialog(self._session, self._overnight, self._window)
        self._overnight_dialog.show()
        self._overnight_dialog.raise_()
        self._overnight_dialog.activateWindow()
        return self._overnight_dialog

    @Slot(object)
    def _on_video_ended(self, video: Path) -> None:
        row = self._session.jobs.row_of(video)
        if row is not None:
            self._session.jobs.look_again(row)

    def close(self) -> None:
        """End an export and a run over all videos, and wait."""
        if self._overnight is not None:
            self._overnight.close()
        if self._export is not None:
            self._export.close_jobs()
            self._export.hide()
