"""The shown frame as panels see it, and what they point at in its picture."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from dlst_gui.overlays import FrameScene, Marks, ResponseLook
from tracker_core import Box, Frame


@dataclass(frozen=True, slots=True)
class PicturePlace:
    """A place in the picture, in image pixels; `pixel` is how many of them a pixel of the screen takes."""

    x: float
    y: float
    pixel: float


class ShownEvidence(QObject):
    """What is known of the shown frame: told ten times a second at most, and read by whoever is seen.

    Panels that are seen are brought up to date one after the other, each in a turn of the event loop of its own:
    all at once would hold the window up. Each reads what is shown by then, which leaves out scenes that others
    have followed since.
    """

    scene_changed = Signal()
    marks_changed = Signal()
    look_changed = Signal()
    picture_wanted_changed = Signal()
    place_hovered = Signal(object)  # PicturePlace; None where the mouse has left the picture
    place_clicked = Signal(object, bool)  # PicturePlace; whether it adds to what was clicked before
    area_sought = Signal(object)  # Box: to be shown large

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._scene = FrameScene(0)
        self._pixels: Frame | None = None
        self._marks: dict[str, Marks] = {}
        self._listeners: set[str] = set()
        self._look = ResponseLook()
        self._waiting: dict[Following, None] = {}  # in the order in which they began to wait
        self._turn = QTimer(self, singleShot=True, interval=0)  # after what was drawn before is painted
        self._turn.timeout.connect(self._on_turn)

    @property
    def scene(self) -> FrameScene:
        return self._scene

    @property
    def pixels(self) -> Frame | None:
        """Of the shown frame; None where there is none, or it cannot be read. Not to be written to."""
        return self._pixels

    @property
    def response_look(self) -> ResponseLook:
        """How the response map is drawn, in its panel and over the picture."""
        return self._look

    def set_response_look(self, look: ResponseLook) -> None:
        """Draw it otherwise."""
        if look != self._look:
            self._look = look
            self.look_changed.emit()

    @property
    def marks(self) -> tuple[Marks, ...]:
        """What all panels point at, in the order in which they began to."""
        return tuple(self._marks.values())

    @property
    def is_picture_wanted(self) -> bool:
        """Whether some panel wants to be told where the mouse is in the picture."""
        return bool(self._listeners)

    def show(self, scene: FrameScene, pixels: Frame | None) -> None:
        """Tell panels of another scene."""
        self._scene, self._pixels = scene, pixels
        self.scene_changed.emit()

    def queue(self, panel: Following) -> None:
        """Bring a panel up to date in a turn of its own, unless it waits for that already."""
        self._waiting.setdefault(panel)
        self._turn.start()

    def leave_out(self, panel: Following) -> None:
        """A panel need not be brought up to date any more."""
        self._waiting.pop(panel, None)

    @Slot()
    def _on_turn(self) -> None:
        if not self._waiting:
            return
        panel = next(iter(self._waiting))
        del self._waiting[panel]
        if self._waiting:
            self._turn.start()
        panel.refresh()

    def set_marks(self, owner: str, marks: Marks | None) -> None:
        """Point at something in the picture, until told otherwise.

        Args:
            owner: name of the panel.
            marks: take the place of what this owner pointed at before; None for nothing.
        """
        if marks == self._marks.get(owner):
            return
        if marks is None:
            del self._marks[owner]
        else:
            self._marks[owner] = marks
        self.marks_changed.emit()

    def listen(self, owner: str, listens: bool) -> None:
        """Be told by `place_hovered` and `place_clicked` where the mouse is, or not any more."""
        before = self.is_picture_wanted
        (self._listeners.add if listens else self._listeners.discard)(owner)
        if self.is_picture_wanted is not before:
            self.picture_wanted_changed.emit()

    def show_area(self, box: Box) -> None:
        """Let the picture show a place large."""
        self.area_sought.emit(box)


class Following(QObject):
    """Keeps a panel in step with the shown frame while it is seen; what is hidden computes and marks nothing."""

    def __init__(self, panel: QWidget, shown: ShownEvidence, refresh: Callable[[], None], *, name: str) -> None:
        """Begin to follow.

        Args:
            panel: is looked at; it lives longer than this.
            shown: what is followed.
            refresh: brings the panel up to date.
            name: of the panel, by which it marks and listens.
        """
        super().__init__(panel)
        self._panel, self._shown, self._refresh, self._name = panel, shown, refresh, name
        shown.scene_changed.connect(self._on_scene_changed)
        panel.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._panel and event.type() is QEvent.Type.Show:
            self.refresh()
        elif watched is self._panel and event.type() is QEvent.Type.Hide:
            self._shown.leave_out(self)
            self._shown.set_marks(self._name, None)
        return super().eventFilter(watched, event)

    def refresh(self) -> None:
        """Bring the panel up to date now."""
        self._shown.leave_out(self)
        self._refresh()

    @Slot()
    def _on_scene_changed(self) -> None:
        if self._panel.isVisible():
            self._shown.queue(self)
