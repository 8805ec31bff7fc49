"""What the guide is surest of."""

from __future__ import annotations

from dlst_gui.overlays.layers_item import LayersItem, Outline, boxes_path
from dlst_gui.overlays.overlay import FrameScene, OverlayInfo
from dlst_gui.overlays.palette import GUIDED, LegendEntry


class GuidedBoxOverlay:
    """The guide's own choice, before the matching head and the classifier have their say."""

    info = OverlayInfo(
        name="guided-box",
        text="G&uided Box",
        shortcut="Shift+U",
        tip="Show the box that the guide would choose by itself",
        explains=True,
        is_explained_at_start=False,  # most often it is the answer, and would lie on it
    )

    def __init__(self) -> None:
        self._item = LayersItem()
        self._item.setZValue(42)

    @property
    def item(self) -> LayersItem:
        return self._item

    def show_scene(self, scene: FrameScene) -> None:
        """Draw the box, if there is a guide."""
        box = scene.diagnostics.guided_box if scene.diagnostics is not None else None
        self._item.set_layers(() if box is None else (Outline(boxes_path(box.xywh[None]), GUIDED),))

    def legend(self, scene: FrameScene) -> tuple[LegendEntry, ...]:
        """Empty where there is no guide."""
        if scene.diagnostics is None or scene.diagnostics.guided_box is None:
            return ()
        return (LegendEntry("Guided", GUIDED),)
