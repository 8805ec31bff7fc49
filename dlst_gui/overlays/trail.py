"""Where the selected track's middle was and will be on the frames around this one."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath, QPolygonF

from dlst_gui.overlays.layers_item import LayersItem, Outline
from dlst_gui.overlays.overlay import FrameScene, OverlayInfo
from dlst_gui.overlays.palette import TRAIL, LegendEntry


class TrailOverlay:
    """A line through the middles of neighbouring boxes: a jump in it is an error to look at."""

    info = OverlayInfo(
        name="trail",
        text="T&rail",
        shortcut="Shift+R",
        tip="Show the object's path on the frames around this one",
    )

    def __init__(self) -> None:
        self._item = LayersItem()
        self._item.setZValue(45)

    @property
    def item(self) -> LayersItem:
        return self._item

    def show_scene(self, scene: FrameScene) -> None:
        """Draw the line, where there is more than one point."""
        if not self.legend(scene):
            self._item.set_layers(())
            return
        assert scene.trail is not None
        path = QPainterPath()
        path.addPolygon(QPolygonF([QPointF(x, y) for x, y in scene.trail.tolist()]))
        self._item.set_layers((Outline(path, TRAIL, is_smooth=True),))

    def legend(self, scene: FrameScene) -> tuple[LegendEntry, ...]:
        """One entry, where there is a line."""
        has_line = scene.trail is not None and len(scene.trail) > 1
        return (LegendEntry("Trail", TRAIL),) if has_line else ()
