"""Which values of attributes hold for a track, and on which of its frames.

A manual box says all values that hold on its frame. Those of `AttributeScope.UNTIL_CHANGED` hold from it to the
next manual box, as occlusion does; who adds a manual box lets it say what held there before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dlst_gui.project.attributes import Attribute, AttributeScope
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
