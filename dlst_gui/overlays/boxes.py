"""The target's box: drawn by a person, tracked, or tracked without belief."""

from __future__ import annotations

from dlst_gui.overlays.layers_item import LayersItem, Outline, boxes_path
from dlst_gui.overlays.overlay import FrameScene, OverlayInfo
from dlst_gui.overlays.palette import HUMAN, LOST, TRACKED, LegendEntry


class BoxesOverlay:
    """The human box where there is one, else the tracked one."""

    info = OverlayInfo(
        name="boxes",
        text="&Boxes",
        shortcut="Ctrl+H",
        tip="Show or hide the target's box",
        needs_diagnostics=False,
        is_on_at_start=True,
    )

    def __init__(self) -> None:
        self._item = LayersItem()
        self._item.setZValue(50)

    @property
    def item(self) -> LayersItem:
        return self._item

    def show_scene(self, scene: FrameScene) -> None:
        """Draw the box of the scene."""
        shown = scene.shown
        entries = self.legend(scene)
        if shown is None or not entries:
            self._item.set_layers(())
        else:
            self._item.set_layers((Outline(boxes_path(shown.box.xywh[None]), entries[0].stroke),))

    def legend(self, scene: FrameScene) -> tuple[LegendEntry, ...]:
        """The one kind of box that is shown."""
        if scene.keyframe is not None:
            return (LegendEntry("Drawn by you", HUMAN),)
        if scene.prediction is None:
            return ()
        if not scene.prediction.is_found:
            return (LegendEntry("Lost: best guess", LOST),)
        return (LegendEntry("Tracked", TRACKED),)
