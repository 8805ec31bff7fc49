"""The choice of objects: all of the project, or one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox

from dlst_gui.project.labels import TrackInfo


class ObjectBox(QComboBox):
    """Keeps what was chosen as long as it is there."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Objects")

    @property
    def track_ids(self) -> frozenset[int] | None:
        """None: all."""
        chosen = self.currentData()
        return None if chosen is None else frozenset({int(chosen)})

    def show_tracks(self, tracks: Sequence[TrackInfo], selected: int | None) -> None:
        """Offer all, the selected one, and each of the others."""
        chosen = self.currentData()
        ordered = sorted(tracks, key=lambda info: info.track_id != selected)
        with QSignalBlocker(self):
            self.clear()
            self.addItem(f"All objects ({len(tracks)})", None)
            for info in ordered:
                is_selected = " (selected)" if info.track_id == selected else ""
                self.addItem(f"{info.label} {info.track_id}{is_selected}", info.track_id)
            self.setCurrentIndex(max(self.findData(chosen), 0))
        if self.currentData() != chosen:
            self.currentIndexChanged.emit(self.currentIndex())
