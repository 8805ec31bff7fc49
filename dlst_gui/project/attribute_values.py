"""Which values of attributes hold for a track, and on which of its frames.

A manual box says all values that hold on its frame. Those of `AttributeScope.UNTIL_CHANGED` hold from it to the
next manual box, as occlusion does; who adds a manual box lets it say what held there before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dlst_gui.project.attributes import YES, Attribute, AttributeKind, AttributeScope
from dlst_gui.project.project import Project
from dlst_gui.project.tracks import Keyframe


def held_names(project: Project, label: str) -> frozenset[str]:
    """The names of values of objects with this label that hold until changed."""
    return frozenset(
        each.name for each in project.attributes_of(label) if each.scope is AttributeScope.UNTIL_CHANGED
    )


def held_values(project: Project, track_id: int, frame_index: int) -> dict[str, str]:
    """What the last manual box up to a frame says that still holds there."""
    names = held_names(project, project.track(track_id).label)
    said = project.keyframe_at_or_before(track_id, frame_index) if names else None
    return {} if said is None else {name: value for name, value in said.attributes.items() if name in names}


def held_values_on(project: Project, track_id: int, frames: NDArray[np.int32]) -> dict[int, Mapping[str, str]]:
    """The same of many ascending frames, those on which nothing holds left out."""
    names = held_names(project, project.track(track_id).label)
    if not names or not len(frames):
        return {}
    manual = project.keyframes_around(track_id, int(frames[0]), int(frames[-1]))
    said = {
        index: {name: value for name, value in each.items() if name in names}
        for index, each in manual.attributes.items()
    }
    if not any(said.values()):
        return {}
    rows = np.searchsorted(manual.frame_indices, frames, side="right") - 1
    known = [{}, *(said.get(index, {}) for index in manual.frame_indices.tolist())]
    held = ((frame, known[row + 1]) for frame, row in zip(frames.tolist(), rows.tolist(), strict=True))
    return {frame: values for frame, values in held if values}


def frame_values(project: Project, track_id: int, frame_index: int) -> Mapping[str, str]:
    """What is said of a track on a frame: by its manual box there, or by one before that still holds."""
    keyframe = project.keyframe(track_id, frame_index)
    return keyframe.attributes if keyframe is not None else held_values(project, track_id, frame_index)


def with_held_values(project: Project, track_id: int, keyframe: Keyframe) -> Keyframe:
    """A new manual box that says what holds on its frame, besides what it says itself."""
    held = held_values(project, track_id, keyframe.frame_index)
    return replace(keyframe, attributes={**held, **keyframe.attributes}) if held else keyframe


def value_of(attribute: Attribute, said: Mapping[str, str]) -> str:
    """What holds where this is said: the value or, where there is none, the default; "" for nothing."""
    return said.get(attribute.name, "") or attribute.default


@dataclass(frozen=True, slots=True)
class ShownValue:
    """An attribute, and what of it holds for an object on a frame.

    Attributes:
        value: the default where nothing is said; "" for nothing.
        is_said: whether a person or a file said it.
    """

    attribute: Attribute
    value: str
    is_said: bool

    @property
    def problem(self) -> str:
        """What is wrong with it, as the end of a sentence; "" where nothing is."""
        if not self.value:
            return "has no value, and needs one" if self.attribute.is_required else ""
        return self.attribute.problem(self.value)

    @property
    def words(self) -> str:
        """As short as it can be said beside an object's name; "" where there is nothing to say."""
        if self.attribute.kind is AttributeKind.YES_NO:
            return self.attribute.name if self.value == YES else ""
        is_telling = self.attribute.kind is not AttributeKind.NUMBER
        return self.value if is_telling or not self.value else f"{self.attribute.name} {self.value}"


def shown_values(project: Project, track_id: int, frame_index: int) -> tuple[ShownValue, ...]:
    """Every attribute that the track has, with what of it holds on a frame."""
    info = project.track(track_id)
    attributes = project.attributes_of(info.label)
    frame = frame_values(project, track_id, frame_index) if attributes else {}
    made = []
    for attribute in attributes:
        said = frame if attribute.is_of_frames else info.attributes
        made.append(ShownValue(attribute, value_of(attribute, said), bool(said.get(attribute.name))))
    return tuple(made)


def free_values(project: Project, track_id: int, frame_index: int) -> tuple[tuple[str, str, bool], ...]:
    """What is said of a track on a frame under names that are not offered: name, value, whether of the frame."""
    info = project.track(track_id)
    offered = {(each.name, each.is_of_frames) for each in project.attributes_of(info.label)}
    frame = frame_values(project, track_id, frame_index)
    parts = ((info.attributes, False), (frame, True))
    return tuple(
        (name, value, is_of_frame)
        for said, is_of_frame in parts
        for name, value in said.items()
        if (name, is_of_frame) not in offered
    )
