"""Candidates that can be taken instead of drawing: numbered like the keys that take them."""

from __future__ import annotations

from dlst_gui.overlays.layers_item import Layer, LayersItem, Outline, boxes_path, rect_of
from dlst_gui.overlays.overlay import FrameScene, OverlayInfo
from dlst_gui.overlays.palette import PICK, LegendEntry
from dlst_gui.overlays.tags import NUMBER_PLACES, Tag


class PicksOverlay:
    """The offered candidates with their numbers, best first; nothing while the tracker is at work."""

    info = OverlayInfo(
        name="picks",
        text="Candidates to Pic&k",
        shortcut="Shift+C",
        tip="Number the candidates that Alt+1 to Alt+9 pick also where the tracker is sure of its box",
        shows_itself=True,
    )

    def __init__(self) -> None:
        self._item = LayersItem()
        self._item.setZValue(45)  # below the tracks' boxes and names

    @property
    def item(self) -> LayersItem:
        return self._item

    def show_scene(self, scene: FrameScene) -> None:
        """Draw what is offered on this frame."""
        layers: list[Layer] = []
        # At the corner across from the tracks' names, which they would cover.
        for number, box in enumerate(scene.picks, start=1):
            layers.append(Outline(boxes_path(box.xywh[None]), PICK))
            layers.append(Tag(str(number), rect_of(box), PICK.color, places=NUMBER_PLACES))
        self._item.set_layers(tuple(layers))

    def legend(self, scene: FrameScene) -> tuple[LegendEntry, ...]:
        """One entry, where anything is offered."""
        return (LegendEntry(f"Pick: Alt+1 to Alt+{len(scene.picks)}", PICK),) if scene.picks else ()
