"""What panels point at: a row that is selected, a draw, a box that is compared."""

from __future__ import annotations

from dlst_gui.overlays.layers_item import Layer, LayersItem
from dlst_gui.overlays.overlay import FrameScene, OverlayInfo
from dlst_gui.overlays.palette import LegendEntry


class MarksOverlay:
    """Draws the marks of a scene as they come, above everything but the names of boxes."""

    info = OverlayInfo(
        name="marks",
        text="",
        shortcut="",
        tip="",
        shows_itself=True,
    )

    def __init__(self) -> None:
        self._item = LayersItem()
        self._item.setZValue(48)

    @property
    def item(self) -> LayersItem:
        return self._item

    def show_scene(self, scene: FrameScene) -> None:
        """Draw what panels point at."""
        layers: tuple[Layer, ...] = tuple(layer for marks in scene.marks for layer in marks.layers)
        if layers or self._item.layers:
            self._item.set_layers(layers)

    def legend(self, scene: FrameScene) -> tuple[LegendEntry, ...]:
        """What the panels say of their marks."""
        return tuple(entry for marks in scene.marks for entry in marks.legend)
