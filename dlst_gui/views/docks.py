"""The panels around the video: where each is docked, and which are shown."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

TIMELINE_HEIGHT, INSPECTOR_WIDTH = 205, 310  # pixels at the start
TIMELINE_WIDTH, REVIEW_WIDTH = 560, 440  # likewise, where both are shown


class Docks:
    """Docks by the name of the toggle that shows them; hidden as long as there is no video."""

    def __init__(
        self,
        window: QMainWindow,
        *,
        timeline: QWidget,
        settings: QWidget,
        labels: QWidget,
        inspector: QWidget,
        corrections: QWidget,
        review: QWidget,
    ) -> None:
        right, bottom = Qt.DockWidgetArea.RightDockWidgetArea, Qt.DockWidgetArea.BottomDockWidgetArea
        window.setCorner(Qt.Corner.BottomRightCorner, right)
        self._docks = {
            "timeline": _docked(window, "Timeline", timeline, bottom),
            "settings": _docked(window, "Tracker", settings, right),
            "labels": _docked(window, "Labels", labels, right),
            "inspector": _docked(window, "Inspector", inspector, right),
            "corrections": _docked(window, "Manual Boxes", corrections, right),
            "findings": _docked(window, "Review", review, bottom),
        }
        window.splitDockWidget(self._docks["timeline"], self._docks["findings"], Qt.Orientation.Horizontal)
        window.tabifyDockWidget(self._docks["labels"], self._docks["inspector"])
        window.resizeDocks([self._docks["timeline"]], [TIMELINE_HEIGHT], Qt.Orientation.Vertical)
        beside = [self._docks["timeline"], self._docks["findings"]]
        window.resizeDocks(beside, [TIMELINE_WIDTH, REVIEW_WIDTH], Qt.Orientation.Horizontal)
        window.resizeDocks([self._docks["inspector"]], [INSPECTOR_WIDTH], Qt.Orientation.Horizontal)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._docks)

    def show(self, name: str, is_visible: bool) -> None:
        """Show or hide one; where several lie upon each other, the one that is shown comes to the top."""
        self._docks[name].setVisible(is_visible)
        if is_visible:
            self._docks[name].raise_()


def _docked(window: QMainWindow, title: str, view: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
    dock = QDockWidget(title, window)
    dock.setObjectName(title.lower())
    dock.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetMovable)
    dock.setWidget(view)
    window.addDockWidget(area, dock)
    return dock
