"""What a format will not hold of some labels, in words, before they are written."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dlst_gui.formats.format import Format, Identity
from dlst_gui.formats.model import OCCLUDED_CODE, LabelSet


def losses(labels: LabelSet, label_format: Format) -> tuple[str, ...]:
    """One sentence for each kind of thing that the labels have and the format cannot hold; empty: all is kept."""
    return tuple(_sentences(labels, label_format))


def _sentences(labels: LabelSet, label_format: Format) -> Iterator[str]:
    can_hold, title = label_format.can_hold, label_format.title
    columns = [track.columns for track in labels.tracks]
    outside = sum(int((~each.is_present).sum()) for each in columns)
    occluded = sum(int((each.visibilities == OCCLUDED_CODE).sum()) for each in columns)
    scored = sum(int((~np.isnan(each.scores)).sum()) for each in columns)
    broken = sum(int((each.boxes_xywh % 1 != 0).any(axis=1).sum()) for each in columns)
    if outside and not can_hold.absence:
        marked = _counted(outside, "frame is", "frames are")
        yield f"{marked} marked as outside; {title} can only leave out the box."
    if occluded and not can_hold.occlusion:
        yield f"{_counted(occluded, 'box is', 'boxes are')} marked as occluded; {title} does not store this."
    if broken and not can_hold.sub_pixel:
        yield f"{_counted(broken, 'box has', 'boxes have')} fractional pixels; {title} stores whole pixels."
    if scored and not can_hold.scores:
        yield f"{_counted(scored, 'box has', 'boxes have')} a score; {title} does not store scores."
    if len(labels.tracks) > 1 and can_hold.identity is Identity.NONE:
        yield f"{title} does not store which boxes belong to one track; there are {len(labels.tracks)} tracks."
    if len(labels.label_names()) > 1 and not can_hold.labels:
        yield f"{title} does not store labels; there are {len(labels.label_names())}."
    if not can_hold.keyframes:
        yield f"{title} does not store which boxes are manual."
    if not can_hold.attributes and any(track.attributes or track.columns.attributes for track in labels.tracks):
        yield f"{title} does not store attributes."


def _counted(n: int, one: str, many: str) -> str:
    return f"{n} {one if n == 1 else many}"
