"""Where the list of videos lies: left of the video, as long as there is a list and a person wants to see it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from dlst_gui.session.jobs import Jobs
from dlst_gui.views.jobs.job_panel import JobPanel

WIDTH = 280  # pixels at the start


class JobDock(QDockWidget):
    """Shows itself when a list is opened, and goes with it."""

    def __init__(self, window: QMainWindow, panel: JobPanel, jobs: Jobs) -> None:
        super().__init__("Videos", window)
        self._jobs = jobs
        self._is_wanted = True
        self.setObjectName("videos")
        self.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        self.setTitleBarWidget(QWidget())  # what is in it says what it is
        self.setWidget(panel)
        left = Qt.DockWidgetArea.LeftDockWidgetArea
        window.setCorner(Qt.Corner.BottomLeftCorner, left)
        window.addDockWidget(left, self)
        window.resizeDocks([self], [WIDTH], Qt.Orientation.Horizontal)
        jobs.changed.connect(self.refresh)
        self.refresh()

    def set_wanted(self, is_wanted: bool) -> None:
        """Whether a person wants to see a list, now and later."""
        self._is_wanted = is_wanted
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Be seen, or not, as things stand."""
        self.setVisible(self._is_wanted and self._jobs.list is not None)
