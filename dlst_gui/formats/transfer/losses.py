"""What a format will not hold of some labels, in words, before they are written."""

from __future__ import annotations

from collections.abc import Iterator

from dlst_gui.counting import counted
from dlst_gui.formats.format import Format, Identity
from dlst_gui.formats.labels.model import LabelSet
from dlst_gui.formats.labels.tally import Tally

_MOST = 5
"""Labels that are listed."""


def losses(labels: LabelSet, tally: Tally, label_format: Format) -> tuple[str, ...]:
    """One sentence for each kind of thing that the labels have and the format cannot hold; empty: all is kept."""
    return tuple(_sentences(labels, tally, label_format))


def _sentences(labels: LabelSet, tally: Tally, label_format: Format) -> Iterator[str]:
    can_hold, title = label_format.can_hold, label_format.title
    if tally.outside and not can_hold.absence:
        marked = counted(tally.outside, "frame is", "frames are")
        yield f"{marked} marked as outside; {title} can only leave out the box."
    if tally.occluded and not can_hold.occlusion:
        yield f"{counted(tally.occluded, 'box is', 'boxes are')} marked as occluded; {title} does not store this."
    if tally.fractional and not can_hold.sub_pixel:
        fractional = counted(tally.fractional, "box has", "boxes have")
        yield f"{fractional} fractional pixels; {title} stores whole pixels."
    if tally.scored and not can_hold.scores:
        yield f"{counted(tally.scored, 'box has', 'boxes have')} a score; {title} does not store scores."
    if len(labels.tracks) > 1 and can_hold.identity is Identity.NONE:
        yield f"{title} does not store which boxes belong to one track; there are {len(labels.tracks)} tracks."
    others = [name for name in labels.label_names() if name not in can_hold.classes]
    if can_hold.classes and others:
        named = ", ".join(map(repr, others[:_MOST]))
        yield f"{title} has classes of its own; these labels are none of them: {named}."
    elif len(labels.label_names()) > 1 and not can_hold.labels and not can_hold.classes:
        yield f"{title} does not store labels; there are {len(labels.label_names())}."
    if not can_hold.keyframes:
        yield f"{title} does not store which boxes are manual."
    lost = {kind: count for kind, count in sorted(tally.shapes.items()) if kind and kind not in can_hold.shapes}
    if lost:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in lost.items())
        standing = counted(sum(lost.values()), "box stands", "boxes stand")
        yield f"{standing} for another shape ({kinds}); {title} stores the box alone."
    if tally.shapes[""] and can_hold.shapes:
        changed = counted(tally.shapes[""], "box has", "boxes have")
        yield f"{changed} changed since a shape was read with it; the box alone is written."
    if tally.has_attributes and not can_hold.attributes:
        yield f"{title} does not store attributes."
    elif tally.has_box_attributes and not can_hold.box_attributes:
        yield f"{title} stores attributes of whole objects alone."
