"""The panels around the video: the timeline below it, the others as tabs of one column beside it, or below."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QByteArray, QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabWidget, QWidget

TIMELINE_HEIGHT, SIDE_WIDTH = 180, 310  # pixels at the start
BELOW_HEIGHT, LOWEST_BELOW = 380, 60  # pixels, each time it is shown again; and at the least
NARROWEST_SIDE = 270  # pixels
ARRANGEMENT_VERSION = 1
"""Of what `Docks.state` gives: another one is not taken back, which is wanted where the panels' places change."""


class SidePanels(QTabWidget):
    """Panels by name, of which those that are shown have a tab."""

    def __init__(self, panels: dict[str, tuple[str, QWidget]]) -> None:
        super().__init__()
        self._panels = {name: panel for name, (_, panel) in panels.items()}
        for title, panel in panels.values():
            self.addTab(panel, title)
        self.setDocumentMode(True)
        self.setUsesScrollButtons(True)
        self.setObjectName("side_panels")
        self.setAccessibleName("Panels")
        self.tabBar().setObjectName("side_tabs")
        self._earlier, self._now = self.currentWidget(), self.currentWidget()  # in front
        self.currentChanged.connect(self._on_current_changed)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._panels)

    @property
    def in_front(self) -> str | None:
        """The panel one sees; None where none is shown."""
        return next((name for name in self._panels if self._panels[name] is self.currentWidget()), None)

    def is_shown(self, name: str) -> bool:
        """Whether a panel has a tab."""
        return self.isTabVisible(self.indexOf(self._panels[name]))

    def show_panel(self, name: str, is_shown: bool) -> None:
        """Give a panel a tab, or take it away; the one that was in front before it comes back."""
        if not is_shown and name == self.in_front and self.isTabVisible(self.indexOf(self._earlier)):
            self.setCurrentWidget(self._earlier)
        self.setTabVisible(self.indexOf(self._panels[name]), is_shown)

    def bring_to_front(self, name: str) -> None:
        """Show a panel in front of the others."""
        self.show_panel(name, True)
        self.setCurrentWidget(self._panels[name])

    @Slot(int)
    def _on_current_changed(self, _index: int) -> None:
        self._earlier, self._now = self._now, self.currentWidget()

    def sizeHint(self) -> QSize:  # noqa: D102 - Qt's
        return QSize(SIDE_WIDTH, 400)

    def minimumSizeHint(self) -> QSize:  # noqa: D102 - Qt's
        # Its panels scroll: their sizes are not the window's.
        return QSize(NARROWEST_SIDE, 100)


class MovableDock(QDockWidget):
    """A panel that a person can move, take out of the window and close."""

    closed = Signal()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: D102 - Qt's
        super().closeEvent(event)
        self.closed.emit()


class Docks(QObject):
    """Panels by the name of the toggle that shows them; hidden as long as there is no video."""

    closed = Signal(str)  # a person has closed a panel, by its name

    def __init__(
        self,
        window: QMainWindow,
        *,
        timeline: QWidget,
        side: dict[str, tuple[str, QWidget]],
        below: dict[str, tuple[str, QWidget]],
    ) -> None:
        """Place them.

        Args:
            window: has the docks.
            timeline: goes below the video.
            side: title and widget of each panel beside the video, by name, in the order of their tabs.
            below: of each panel below these, to be moved by the person.
        """
        super().__init__(window)
        self._window = window
        right, bottom = Qt.DockWidgetArea.RightDockWidgetArea, Qt.DockWidgetArea.BottomDockWidgetArea
        window.setCorner(Qt.Corner.BottomRightCorner, right)
        self._side = SidePanels(side)
        self._timeline = _docked(window, "Timeline", timeline, bottom)
        self._side_dock = _docked(window, "Panels", self._side, right)
        self._below = {name: self._movable(window, name, *titled) for name, titled in below.items()}
        self._resize()

    @property
    def state(self) -> str:
        """Places and sizes, to be given to `arrange` at a later start; in base 64."""
        return bytes(self._window.saveState(ARRANGEMENT_VERSION).toBase64().data()).decode("ascii")

    def arrange(self, state: str) -> None:
        """Bring back places and sizes; what makes no sense changes nothing. What is shown is to be said again."""
        self._window.restoreState(QByteArray.fromBase64(state.encode()), ARRANGEMENT_VERSION)

    def reset(self) -> None:
        """Put all panels where they are at the first start, as large as they are then."""
        right = Qt.DockWidgetArea.RightDockWidgetArea
        for dock in self._below.values():
            is_shown = not dock.isHidden()
            dock.setFloating(False)
            self._window.addDockWidget(right, dock)
            dock.hide()
            self._show_below(dock, is_shown)
        self._resize()

    def _resize(self) -> None:
        window = self._window
        timeline_height = min(window.height() // 4, TIMELINE_HEIGHT)
        window.resizeDocks([self._timeline], [timeline_height], Qt.Orientation.Vertical)
        side_width = min(max(window.width() // 4, NARROWEST_SIDE), SIDE_WIDTH)
        window.resizeDocks([self._side_dock], [side_width], Qt.Orientation.Horizontal)

    @property
    def names(self) -> tuple[str, ...]:
        return ("timeline", *self._side.names, *self._below)

    @property
    def in_front(self) -> str | None:
        """The panel beside the video that one sees."""
        return self._side.in_front

    def is_behind(self, name: str) -> bool:
        """Whether a panel has a tab, and another one is in front of it."""
        return name in self._side.names and self._side.is_shown(name) and self._side.in_front != name

    def show(self, name: str, is_visible: bool) -> None:
        """Show or hide one."""
        if name == "timeline":
            self._timeline.setVisible(is_visible)
            return
        if name in self._below:
            self._show_below(self._below[name], is_visible)
            return
        self._side.show_panel(name, is_visible)
        self._side_dock.setVisible(any(map(self._side.is_shown, self._side.names)))

    def bring_to_front(self, name: str) -> None:
        """Show a panel, in front of the others that share its place."""
        self.show(name, True)
        if name in self._side.names:
            self._side.bring_to_front(name)
        elif name in self._below:
            self._below[name].raise_()

    def _show_below(self, dock: MovableDock, is_visible: bool) -> None:
        is_new = is_visible and dock.isHidden()
        dock.setVisible(is_visible)
        if is_new and not dock.isFloating():
            height = min(self._window.height() * 2 // 5, BELOW_HEIGHT)
            above = max(self._side_dock.height() - height, LOWEST_BELOW)
            self._window.resizeDocks([self._side_dock, dock], [above, height], Qt.Orientation.Vertical)

    def _movable(self, window: QMainWindow, name: str, title: str, panel: QWidget) -> MovableDock:
        dock = MovableDock(title, window)
        dock.setObjectName(name)
        panel.setMinimumHeight(LOWEST_BELOW)  # what it would like is not the window's
        dock.setWidget(panel)
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
        dock.hide()
        dock.closed.connect(partial(self.closed.emit, name))
        return dock


def _docked(window: QMainWindow, title: str, view: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
    dock = QDockWidget(title, window)
    dock.setObjectName(title.lower())
    dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
    dock.setTitleBarWidget(QWidget())  # what is in it says what it is
    dock.setWidget(view)
    window.addDockWidget(area, dock)
    return dock
