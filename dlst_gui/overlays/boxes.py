"""The tracks' boxes in their own colours, with names; the selected one is thicker, and shows whose box it is."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt

from dlst_gui.counting import signed
from dlst_gui.overlays.layers_item import Layer, LayersItem, Outline, boxes_path, rect_of
from dlst_gui.overlays.overlay import FrameScene, OverlayInfo, TrackOnFrame
from dlst_gui.overlays.palette import HUMAN, INTERPOLATED, LOST, OUTSIDE, TRACKED, LegendEntry, Stroke
from dlst_gui.overlays.tags import Tag
from dlst_gui.project.tracks import Shown, ShownKind, Visibility

_OTHER_WIDTH = 1.6  # screen pixels
_ABOVE_HANDLES = 5.0  # screen pixels
_LONGEST_VALUE, _LONGEST_VALUES = 18, 40  # ours; letters of a value of an attribute, and of all of an object
_BY_HAND = replace(HUMAN, width=1.0)


class BoxesOverlay:
    """What each track shows on the frame."""

    info = OverlayInfo(
        name="boxes",
        text="&Boxes",
        shortcut="Ctrl+H",
        tip="Show or hide the boxes",
        is_on_at_start=True,
    )

    def __init__(self) -> None:
        self._item = LayersItem()
        self._item.setZValue(50)

    @property
    def item(self) -> LayersItem:
        return self._item

    def show_scene(self, scene: FrameScene) -> None:
        """Draw the boxes of the scene, the selected one on top, and no box over a name."""
        outlines: list[Layer] = []
        names: list[Layer] = []
        for other in scene.others:
            outlines.append(_outline(other, Stroke(other.info.color, _OTHER_WIDTH, _line_style(other.shown))))
            names.append(_name(other, explains=scene.is_explained))
        if scene.track is not None:
            shown, color = scene.track.shown, scene.track.info.color
            outlines.append(_outline(scene.track, own_stroke(scene.track)))
            is_by_hand = shown.kind is ShownKind.HUMAN and shown.visibility is not Visibility.OUTSIDE
            if is_by_hand and color != HUMAN.color:
                outlines.append(_outline(scene.track, _BY_HAND))
            name = _name(scene.track, explains=scene.is_explained)
            names.insert(0, replace(name, lift=_ABOVE_HANDLES, is_needed=True))
        self._item.set_layers((*outlines, *names))

    def legend(self, scene: FrameScene) -> tuple[LegendEntry, ...]:
        """Where the selected track's box comes from."""
        if scene.track is None:
            return ()
        entry = entry_of(scene.track.shown)
        is_human = entry.stroke is HUMAN
        return (entry if is_human else replace(entry, stroke=own_stroke(scene.track)),)


def own_stroke(track: TrackOnFrame) -> Stroke:
    """The selected track's outline: in the track's colour, in the style of where the box comes from."""
    return replace(entry_of(track.shown).stroke, color=track.info.color)


def entry_of(shown: Shown) -> LegendEntry:
    """Where a box comes from, and the style that says so."""
    if shown.visibility is Visibility.OUTSIDE:
        return LegendEntry("Outside from here on", OUTSIDE)
    if shown.kind is ShownKind.HUMAN:
        return LegendEntry("Manual box", HUMAN)
    if shown.kind is ShownKind.INTERPOLATED:
        return LegendEntry("Interpolated", INTERPOLATED)
    if shown.prediction is not None and not shown.prediction.is_found:
        return LegendEntry("Lost: best guess", LOST)
    return LegendEntry("Tracked", TRACKED)


def score_text(score: float, wrong_share: float | None) -> str:
    """The risk that a box is wrong, or where nobody knows that, the bare score."""
    return signed(score, 1) if wrong_share is None else f"risk {wrong_share * 100:.0f} %"


def tag_text(track: TrackOnFrame, *, explains: bool = False) -> str:
    """Name and number, and what should not be missed about the box; its score where the tracker is explained."""
    shown = track.shown
    words = [track.info.label, str(track.info.track_id)]
    if shown.kind is ShownKind.TRACKED and shown.prediction is not None:
        if not shown.prediction.is_found:
            words.append("lost")
        if explains:
            words.append(score_text(shown.prediction.score, track.wrong_share))
    if shown.visibility is not Visibility.VISIBLE:
        words.append(shown.visibility.value)
    values = _shortened(track.values)
    return " ".join(words) + (f" · {values}" if values else "")


def _shortened(values: tuple[str, ...]) -> str:
    """As many of them as have room beside a name; an ellipsis stands for the rest."""
    said = ""
    for value in values:
        word = value if len(value) <= _LONGEST_VALUE else f"{value[: _LONGEST_VALUE - 1]}…"
        if len(said) + len(word) > _LONGEST_VALUES:
            return f"{said} …"
        said = f"{said} · {word}" if said else word
    return said


def _outline(track: TrackOnFrame, stroke: Stroke) -> Outline:
    return Outline(boxes_path(track.shown.box.xywh[None]), stroke)


def _name(track: TrackOnFrame, *, explains: bool) -> Tag:
    return Tag(tag_text(track, explains=explains), rect_of(track.shown.box), track.info.color)


def _line_style(shown: Shown) -> Qt.PenStyle:
    is_lost = shown.kind is ShownKind.TRACKED and shown.prediction is not None and not shown.prediction.is_found
    if is_lost or shown.visibility is not Visibility.VISIBLE:
        return Qt.PenStyle.DashLine
    return Qt.PenStyle.DotLine if shown.kind is ShownKind.INTERPOLATED else Qt.PenStyle.SolidLine
