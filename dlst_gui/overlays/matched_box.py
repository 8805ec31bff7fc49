"""What the matching head is surest of."""

from __future__ import annotations

from dlst_gui.overlays.layers_item import LayersItem, Outline, boxes_path
from dlst_gui.overlays.overlay import FrameScene, OverlayInfo
from dlst_gui.overlays.palette import MATCHED, LegendEntry


class MatchedBoxOverlay:
    """The box the matching head is surest of, before the classifier has its say."""

    info = OverlayInfo(
        name="matched-box",
        text="&Matched Box",
        shortcut="Shift+M",
        tip="Show the box with the highest confidence of the matching head",
        explains=True,
        is_explained_at_start=False,  # most often it is the answer, and would lie on it
    )

    def __init__(self) -> None:
        self._item = LayersItem()
        self._item.setZValue(41)

    @property
    def item(self) -> LayersItem:
        return self._item

    def show_scene(self, scene: FrameScene) -> None:
        """Draw the box, if the system has a matching head."""
        box = scene.diagnostics.matched_box if scene.diagnostics is not None else None
        self._item.set_layers(() if box is None else (Outline(boxes_path(box.xywh[None]), MATCHED),))

    def legend(self, scene: FrameScene) -> tuple[LegendEntry, ...]:
        """Empty where the system has no matching head."""
        if scene.diagnostics is None or scene.diagnostics.matched_box is None:
            return ()
        return (LegendEntry("Matched", MATCHED),)
