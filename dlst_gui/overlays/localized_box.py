"""Where the localiser proposes the target."""

from __future__ import annotations

from dlst_gui.overlays.layers_item import LayersItem, Outline, boxes_path
from dlst_gui.overlays.overlay import FrameScene, OverlayInfo
from dlst_gui.overlays.palette import LOCALIZED, LegendEntry


class LocalizedBoxOverlay:
    """The box the localiser proposes, before the classifier has its say."""

    info = OverlayInfo(
        name="localized-box",
        text="Localised Bo&x",
        shortcut="Shift+B",
        tip="Show the box the localiser proposes",
        explains=True,
        is_explained_at_start=True,
    )

    def __init__(self) -> None:
        self._item = LayersItem()
        self._item.setZValue(40)

    @property
    def item(self) -> LayersItem:
        return self._item

    def show_scene(self, scene: FrameScene) -> None:
        """Draw the proposal, if there is one."""
        box = scene.diagnostics.localized_box if scene.diagnostics is not None else None
        self._item.set_layers(() if box is None else (Outline(boxes_path(box.xywh[None]), LOCALIZED),))

    def legend(self, scene: FrameScene) -> tuple[LegendEntry, ...]:
        """Empty where the localiser abstains."""
        if scene.diagnostics is None or scene.diagnostics.localized_box is None:
            return ()
        return (LegendEntry("Localised", LOCALIZED),)
