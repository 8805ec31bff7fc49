"""Where the localiser looked, and where the target was the frame before."""

from __future__ import annotations

from dlst_gui.overlays.layers_item import LayersItem, Outline, boxes_path
from dlst_gui.overlays.overlay import FrameScene, OverlayInfo
from dlst_gui.overlays.palette import PREVIOUS, SEARCH_REGION, LegendEntry


class SearchRegionOverlay:
    """The search region and the previous box in its middle."""

    info = OverlayInfo(
        name="search-region",
        text="&Search Region",
        shortcut="B",
        tip="Show where the localiser searched for the target",
        explains=True,
        is_explained_at_start=True,
    )

    def __init__(self) -> None:
        self._item = LayersItem()
        self._item.setZValue(20)

    @property
    def item(self) -> LayersItem:
        return self._item

    def show_scene(self, scene: FrameScene) -> None:
        """Draw both rectangles as far as they are known."""
        seen = scene.diagnostics
        if seen is None:
            self._item.set_layers(())
            return
        layers = [Outline(boxes_path(seen.previous_box.xywh[None]), PREVIOUS)]
        if seen.search_region is not None:
            layers.append(Outline(boxes_path(seen.search_region.xywh[None]), SEARCH_REGION))
        self._item.set_layers(tuple(layers))

    def legend(self, scene: FrameScene) -> tuple[LegendEntry, ...]:
        """One entry per rectangle."""
        if scene.diagnostics is None:
            return ()
        previous = (LegendEntry("Previous box", PREVIOUS),)
        if scene.diagnostics.search_region is None:
            return previous
        return (LegendEntry("Search region", SEARCH_REGION), *previous)
