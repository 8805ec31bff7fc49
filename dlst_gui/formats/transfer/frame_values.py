"""Values of attributes on frames: which hold where labels go into a file, and what comes of those read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from dlst_gui.formats.labels.model import BoxColumns, ObjectTrack
from dlst_gui.project.attribute_values import held_names, held_values_on
from dlst_gui.project.attributes import Attribute
from dlst_gui.project.labels import TrackInfo
from dlst_gui.project.project import Project


@dataclass(frozen=True, slots=True)
class FrameValues:
    """What a track's boxes say besides what their own frames do.

    Attributes:
        held: names of values that hold until changed, and are said anywhere on the track.
        defaults: what holds on frames where nothing is said.
    """

    project: Project
    track_id: int
    held: frozenset[str]
    defaults: Mapping[str, str]

    @classmethod
    def of(cls, project: Project, info: TrackInfo) -> FrameValues:
        """Of a track of the project."""
        held = held_names(project, info.label)
        if held:
            said = project.keyframe_block(info.track_id).attributes.values()
            held = held.intersection(*[frozenset().union(*said)]) if said else frozenset()
        of_frames = (each for each in project.attributes_of(info.label) if each.is_of_frames)
        defaults = {each.name: each.default for each in of_frames if each.default}
        return cls(project, info.track_id, held, defaults)

    @property
    def is_plain(self) -> bool:
        """Whether boxes say only what their own frames do."""
        return not self.held and not self.defaults

    def on(self, columns: BoxColumns) -> BoxColumns:
        """The same boxes with all that holds on their frames."""
        if self.is_plain or not len(columns):
            return columns
        held = held_values_on(self.project, self.track_id, columns.frame_indices)
        # What several boxes say alike is one object.
        with_held = {id(each): {**self.defaults, **each} for each in held.values()}
        made: dict[int, Mapping[str, str]] = {}
        for frame in columns.frame_indices.tolist():
            own = columns.attributes.get(frame)
            if own is not None:
                made[frame] = {**self.defaults, **own}
            elif frame in held:
                made[frame] = with_held[id(held[frame])]
            elif self.defaults:
                made[frame] = self.defaults
        return replace(columns, attributes=made)


def with_defaults(project: Project, info: TrackInfo) -> Mapping[str, str]:
    """What is said of a whole track, and what holds of it where nothing is said."""
    of_objects = (each for each in project.attributes_of(info.label) if not each.is_of_frames)
    defaults = {each.name: each.default for each in of_objects if each.default}
    return {**defaults, **info.attributes} if defaults else info.attributes


def settled(track: ObjectTrack, attributes: Iterable[Attribute]) -> ObjectTrack:
    """A track that was read, with values where a project keeps them.

    What all boxes say alike of an attribute of objects is said of the track; defaults are not said.
    """
    known = [each for each in attributes if each.applies_to(track.label)]
    of_objects = {each.name: each for each in known if not each.is_of_frames}
    of_frames = {each.name: each for each in known if each.is_of_frames}
    of_track = {name: value for name, value in track.attributes.items() if _is_told(of_objects.get(name), value)}
    columns = track.columns
    if not known or not columns.attributes:
        return replace(track, attributes=of_track)
    shared = _shared(columns, of_objects.keys() - of_frames.keys())
    of_track |= {name: value for name, value in shared.items() if _is_told(of_objects.get(name), value)}
    # Each different set of values is one object, which many boxes share.
    kept = {
        id(said): {
            name: value
            for name, value in said.items()
            if name not in shared and _is_told(of_frames.get(name), value)
        }
        for said in columns.attributes.values()
    }
    boxes = {frame: kept[id(said)] for frame, said in columns.attributes.items() if kept[id(said)]}
    return replace(track, attributes=of_track, boxes=replace(columns, attributes=boxes))


def _shared(columns: BoxColumns, names: Iterable[str]) -> dict[str, str]:
    """What all boxes say alike, of these names."""
    present = columns.frame_indices[columns.is_present].tolist()
    first = columns.attributes.get(present[0], {}) if present else {}
    found = {name: first[name] for name in sorted(names) if name in first}
    for said in {id(each): each for each in map(columns.attributes.get, present)}.values():
        found = {name: value for name, value in found.items() if said is not None and said.get(name) == value}
    return found


def _is_told(attribute: Attribute | None, value: str) -> bool:
    return attribute is None or not attribute.default or value != attribute.default
