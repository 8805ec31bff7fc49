"""The rows of the list as Qt's views take them; what a row says is made when it comes into view."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Slot
from PySide6.QtGui import QImage, QPixmap

from dlst_gui.jobs.thumbnail_frame import Thumbnail
from dlst_gui.session.jobs import Jobs
from dlst_gui.views.jobs.job_words import progress_words

JOB_ROLE = Qt.ItemDataRole.UserRole + 1
"""The job's row in the list, which is not that of the view where some are left out."""

_TOP = QModelIndex()


class JobRows(QAbstractListModel):
    """The jobs that the filter shows."""

    def __init__(self, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._shown: tuple[int, ...] = ()
        self._places: dict[int, int] = {}
        self._pixmaps: dict[int, tuple[Thumbnail, QPixmap]] = {}
        jobs.changed.connect(self._on_changed)
        jobs.rows_changed.connect(self._read)
        jobs.row_changed.connect(self._on_row_changed)
        jobs.current_changed.connect(self._on_current_changed)
        self._read()

    @property
    def jobs(self) -> Jobs:
        return self._jobs

    def place_of(self, row: int) -> QModelIndex:
        """Where a job of the list is shown; invalid where it is left out."""
        return self.index(self._places[row]) if row in self._places else QModelIndex()

    def pixmap(self, row: int) -> QPixmap | None:
        """The picture of a job; it is asked for where there is none yet."""
        picture = self._jobs.picture(row)
        if picture is None:
            self._pixmaps.pop(row, None)
            return None
        known = self._pixmaps.get(row)
        if known is None or known[0] is not picture:
            known = self._pixmaps[row] = picture, _pixmap_of(picture)
            if len(self._pixmaps) > len(self._places):
                self._pixmaps = {row: known}
        return known[1]

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _TOP) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | int | None:
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        row = self._shown[index.row()]
        if role == JOB_ROLE:
            return row
        words: dict[int, Callable[[int], str]] = {
            Qt.ItemDataRole.DisplayRole: self._jobs.name,
            Qt.ItemDataRole.ToolTipRole: self._tip,
            Qt.ItemDataRole.AccessibleTextRole: self._spoken,
        }
        return words[role](row) if role in words else None

    def _tip(self, row: int) -> str:
        words = progress_words(self._jobs.progress(row))
        return "\n".join(filter(None, (str(self._jobs.jobs[row].video), words)))

    def _spoken(self, row: int) -> str:
        """All that is painted."""
        words = progress_words(self._jobs.progress(row))
        return ", ".join(filter(None, (self._jobs.name(row), self._jobs.state(row).value, words)))

    @Slot()
    def _on_changed(self) -> None:
        self._pixmaps.clear()
        self._read()

    @Slot()
    def _read(self) -> None:
        self.beginResetModel()
        self._shown = self._jobs.shown_rows()
        self._places = {row: place for place, row in enumerate(self._shown)}
        self.endResetModel()

    @Slot(int)
    def _on_row_changed(self, row: int) -> None:
        place = self.place_of(row)
        if place.isValid():
            self.dataChanged.emit(place, place)

    @Slot()
    def _on_current_changed(self) -> None:
        if self._shown:
            self.dataChanged.emit(self.index(0), self.index(len(self._shown) - 1))


def _pixmap_of(picture: Thumbnail) -> QPixmap:
    height, width = picture.pixels.shape[:2]
    pixels = picture.pixels.tobytes()
    return QPixmap.fromImage(QImage(pixels, width, height, 3 * width, QImage.Format.Format_RGB888))
