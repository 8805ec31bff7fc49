"""What-ifs beside the real box: dashed, each in a colour of its own, with its name."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt

from dlst_gui.overlays.layers_item import Layer, LayersItem, Outline, boxes_path, rect_of
from dlst_gui.overlays.overlay import FrameScene, GhostOnFrame, OverlayInfo
from dlst_gui.overlays.palette import LegendEntry, Stroke, ghost_stroke
from dlst_gui.overlays.tags import Place, Tag

_BELOW_HANDLES = 5.0  # screen pixels
_PLACES: tuple[Place, ...] = (
    (0, 1, 0, 0),  # below the box, flush left: its real name is above
    (1, 1, -1, 0),
    (1, 1, 0, -1),
    (0, 1, -1, -1),
    (1, 0, 0, 0),
    (0, 0, -1, 0),
)


class GhostsOverlay:
    """Drawn whenever a ghost has a box on the frame; one that has lost its target is dotted."""

    info = OverlayInfo(
        name="ghosts",
        text="",
        shortcut="",
        tip="",
        shows_itself=True,
    )

    def __init__(self) -> None:
        self._item = LayersItem()
        self._item.setZValue(51)  # its dashes over the real box, where both are the same

    @property
    def item(self) -> LayersItem:
        return self._item

    def show_scene(self, scene: FrameScene) -> None:
        """Draw the ghosts' boxes, and no box over a name."""
        outlines: list[Layer] = [
            Outline(boxes_path(ghost.box.xywh[None]), _stroke_of(ghost)) for ghost in scene.ghosts
        ]
        names = [
            Tag(_words(ghost), rect_of(ghost.box), _stroke_of(ghost).color, _BELOW_HANDLES, _PLACES)
            for ghost in scene.ghosts
        ]
        if outlines or self._item.layers:
            self._item.set_layers((*outlines, *names))

    def legend(self, scene: FrameScene) -> tuple[LegendEntry, ...]:
        """Which is which."""
        return tuple(LegendEntry(_words(ghost), _stroke_of(ghost)) for ghost in scene.ghosts)


def _stroke_of(ghost: GhostOnFrame) -> Stroke:
    stroke = ghost_stroke(ghost.number)
    return stroke if ghost.is_found else replace(stroke, style=Qt.PenStyle.DotLine)


def _words(ghost: GhostOnFrame) -> str:
    return ghost.name if ghost.is_found else f"{ghost.name} lost"
