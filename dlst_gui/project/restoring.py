"""From the present state of a project to another one, as one edit that can be taken back."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dlst_gui.project.changes import (
    AttributeChange,
    Change,
    Edit,
    KeyframesChange,
    LabelChange,
    PredictionChange,
    ReviewChange,
    TrackChange,
)
from dlst_gui.project.edit_parts import EditError
from dlst_gui.project.keyframe_block import KeyframeBlock
from dlst_gui.project.labels import TrackInfo
from dlst_gui.project.pages import FRAMES_PER_PAGE
from dlst_gui.project.prediction_block import PredictionBlock
from dlst_gui.project.project import Project


def become(project: Project, other: Project, title: str) -> Edit:
    """Make labels and tracks those of another state; the video stays.

    Raises:
        EditError: they are so already.
    """
    changes = (*_labels(project, other), *_attributes(project, other), *_tracks(project, other))
    if not changes:
        raise EditError("The project is in this state already.")
    return Edit(title, None, None, changes, ends_run=True)


def _labels(project: Project, other: Project) -> Iterator[Change]:
    names = {label.name for label in (*project.labels(), *other.labels())}
    for name in sorted(names):
        before, after = project.label(name), other.label(name)
        if before != after:
            yield LabelChange(before, after)


def _attributes(project: Project, other: Project) -> Iterator[Change]:
    sides = [{each.attribute_id: each for each in side.attributes()} for side in (project, other)]
    for attribute_id in sorted(sides[0].keys() | sides[1].keys()):
        before, after = (side.get(attribute_id) for side in sides)
        if before != after:
            yield AttributeChange(before, after)


def _tracks(project: Project, other: Project) -> Iterator[Change]:
    for track_id in sorted({track.track_id for track in (*project.tracks(), *other.tracks())}):
        before = _info(project, track_id)
        after = _info(other, track_id)
        if after is not None and before != after:
            yield TrackChange(before, after)
        yield from _content(project, other, track_id)
        if after is None:
            yield TrackChange(before, None)


def _info(project: Project, track_id: int) -> TrackInfo | None:
    return project.track(track_id) if project.has_track(track_id) else None


def _content(project: Project, other: Project, track_id: int) -> Iterator[Change]:
    sides = [each if each.has_track(track_id) else None for each in (project, other)]
    before, after = (KeyframeBlock.empty() if each is None else each.keyframe_block(track_id) for each in sides)
    if before != after:
        yield KeyframesChange(before if len(before) else None, after if len(after) else None, track_id)
    yield from _predictions(sides, track_id)
    reviews = [() if each is None else each.review(track_id) for each in sides]
    if reviews[0] != reviews[1]:
        yield ReviewChange(reviews[0], reviews[1], track_id)


def _predictions(sides: list[Project | None], track_id: int) -> Iterator[Change]:
    """Page by page, so that only what differs is written down."""
    blocks = [PredictionBlock.empty() if each is None else each.predictions(track_id) for each in sides]
    pages = np.unique(np.concatenate([block.frame_indices for block in blocks]) // FRAMES_PER_PAGE)
    for page in pages.tolist():
        first = page * FRAMES_PER_PAGE
        before, after = (
            None if each is None else each.predictions(track_id, first, first + FRAMES_PER_PAGE - 1)
            for each in sides
        )
        before = before if before is not None and len(before) else None
        after = after if after is not None and len(after) else None
        if before != after:
            yield PredictionChange(before, after, track_id)
