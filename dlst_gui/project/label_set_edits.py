"""Edits of the label set and of the values of its attributes: what is offered, and what is said of objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from dlst_gui.project.attribute_values import frame_values
from dlst_gui.project.attributes import Attribute, AttributeScope, clash_in
from dlst_gui.project.changes import (
    AttributeChange,
    Change,
    Edit,
    KeyframeChange,
    KeyframesChange,
    LabelChange,
    TrackChange,
)
from dlst_gui.project.edit_parts import EditError
from dlst_gui.project.edits import change_track, set_keyframe, set_label
from dlst_gui.project.keyframe_block import KeyframeBlock
from dlst_gui.project.labels import Label, TrackInfo
from dlst_gui.project.project import Project
from dlst_gui.project.tracks import LAST_FRAME, BoxOrigin, Keyframe


@dataclass(frozen=True, slots=True)
class OfferedLabels:
    """The label set of a project: what may be said of objects, by itself.

    Attributes:
        labels: no two of one name.
        attributes: in the order in which a person sees them; their ids are those of the project they come from.
    """

    labels: tuple[Label, ...] = ()
    attributes: tuple[Attribute, ...] = ()

    @classmethod
    def of(cls, project: Project) -> OfferedLabels:
        """What a project offers."""
        return cls(project.labels(), project.attributes())


def take_label_set(project: Project, offered: OfferedLabels, *, replaces: bool = False) -> Edit:
    """Offer the labels and attributes of another set; values and labels of objects stay as they are.

    One that is offered already under the same name becomes as the other set has it.

    Args:
        project: where they are to be offered.
        offered: the other set.
        replaces: what only the project has is offered no longer.

    Raises:
        EditError: the attributes would be hard to tell apart.
    """
    changes = (*_label_changes(project, offered, replaces), *_attribute_changes(project, offered, replaces))
    return Edit("Replace label set" if replaces else "Take label set", None, None, changes)


def _label_changes(project: Project, offered: OfferedLabels, replaces: bool) -> Iterator[Change]:
    wanted = {label.name: label for label in offered.labels}
    kept = {} if replaces else {label.name: label for label in project.labels()}
    taken = {label.hotkey for label in wanted.values()}
    kept = {name: replace(label, hotkey="") if label.hotkey in taken else label for name, label in kept.items()}
    after = {**kept, **wanted}
    for name in sorted({label.name for label in project.labels()} | after.keys()):
        if project.label(name) != after.get(name):
            yield LabelChange(project.label(name), after.get(name))


def _attribute_changes(project: Project, offered: OfferedLabels, replaces: bool) -> Iterator[Change]:
    known = {_place(each): each for each in project.attributes()}
    ids = {place: each.attribute_id for place, each in known.items()}
    following = project.next_attribute_id()
    after: dict[tuple[object, ...], Attribute] = {} if replaces else dict(known)
    keys = {each.hotkey for each in offered.attributes if each.hotkey}
    after = {place: replace(each, hotkey="") if each.hotkey in keys else each for place, each in after.items()}
    for attribute in offered.attributes:
        place = _place(attribute)
        if place not in ids:
            ids[place] = following
            following += 1
        after[place] = replace(attribute, attribute_id=ids[place])
    if problem := clash_in(after.values()):
        raise EditError(problem)
    for place in sorted(known.keys() | after.keys(), key=lambda each: ids[each]):
        if known.get(place) != after.get(place):
            yield AttributeChange(known.get(place), after.get(place))


def _place(attribute: Attribute) -> tuple[object, ...]:
    return attribute.name, attribute.is_of_frames, frozenset(attribute.labels)


def change_label(project: Project, name: str, label: Label) -> Edit:
    """Let another label take the place of the one of this name; objects and attributes that have it follow.

    Raises:
        EditError: there is no such label, or another one of the new name, or its attributes would be hard to tell
            apart.
    """
    before = project.label(name)
    if before is None:
        raise EditError(f"there is no label {name!r}")
    if name == label.name:
        return set_label(project, label)
    if project.label(label.name) is not None:
        raise EditError(f"There is a label {label.name!r} already; choose another name.")
    changes: list[Change] = [LabelChange(before, None), LabelChange(None, label)]
    for other in project.labels():
        if label.hotkey and other.hotkey == label.hotkey and other.name != name:
            changes.append(LabelChange(other, replace(other, hotkey="")))
    renamed = [_with_label(attribute, name, label.name) for attribute in project.attributes()]
    if problem := clash_in(renamed):
        raise EditError(problem)
    for attribute, made in zip(project.attributes(), renamed, strict=True):
        if made != attribute:
            changes.append(AttributeChange(attribute, made))
    for track in project.tracks():
        if track.label == name:
            changes.append(TrackChange(track, replace(track, label=label.name)))
    return Edit("Rename label", None, None, tuple(changes))


def _with_label(attribute: Attribute, name: str, new_name: str) -> Attribute:
    labels = (new_name if each == name else each for each in attribute.labels)
    return replace(attribute, labels=tuple(dict.fromkeys(labels)))


def set_attribute(project: Project, attribute: Attribute) -> Edit:
    """Offer an attribute, or change what is offered; under another name its values go along.

    Its hotkey is taken from the attribute that had it.

    Raises:
        EditError: it would be hard to tell from another one, or an object has another value under its new name.
    """
    others = [each for each in project.attributes() if each.attribute_id != attribute.attribute_id]
    if problem := clash_in((*others, attribute)):
        raise EditError(problem)
    before = next((e for e in project.attributes() if e.attribute_id == attribute.attribute_id), None)
    changes: list[Change] = [
        AttributeChange(other, replace(other, hotkey=""))
        for other in others
        if attribute.hotkey and other.hotkey == attribute.hotkey
    ]
    if before != attribute:
        changes.append(AttributeChange(before, attribute))
    if before is not None and before.name != attribute.name:
        changes += _renamed_values(project, before, attribute.name)
    return Edit("Add attribute" if before is None else "Change attribute", None, None, tuple(changes))


def remove_attribute(project: Project, attribute_id: int) -> Edit:
    """Offer an attribute no longer; its values stay. EditError where there is none."""
    before = next((each for each in project.attributes() if each.attribute_id == attribute_id), None)
    if before is None:
        raise EditError(f"there is no attribute {attribute_id}")
    return Edit("Remove attribute", None, None, (AttributeChange(before, None),))


def _renamed_values(project: Project, attribute: Attribute, name: str) -> Iterator[Change]:
    for track in project.tracks():
        if not attribute.applies_to(track.label):
            continue
        if not attribute.is_of_frames:
            if attribute.name in track.attributes:
                renamed = _renamed(track, track.attributes, attribute.name, name)
                yield TrackChange(track, replace(track, attributes=renamed))
            continue
        block = project.keyframe_block(track.track_id)
        said = {index: each for index, each in block.attributes.items() if attribute.name in each}
        renamed_of = {index: _renamed(track, each, attribute.name, name) for index, each in said.items()}
        yield from _said_otherwise(block, renamed_of, track.track_id)


def _renamed(track: TrackInfo, values: Mapping[str, str], name: str, new_name: str) -> dict[str, str]:
    if values.get(new_name, values[name]) != values[name]:
        raise EditError(
            f"{track.label} {track.track_id} has values of {name!r} and of {new_name!r}, of which one would be "
            "lost: choose another name, or clear one of them first."
        )
    return {(new_name if each == name else each): value for each, value in values.items()}


def set_object_value(project: Project, track_id: int, name: str, value: str) -> Edit:
    """Say something about a whole object; "" takes it back."""
    info = project.track(track_id)
    edit = change_track(project, replace(info, attributes=_with_value(info.attributes, name, value)))
    return replace(edit, title=f"Set {name}" if value else f"Clear {name}")


def set_frame_value(project: Project, track_id: int, frame_index: int, name: str, value: str) -> Edit:
    """Say something about an object on a frame; "" takes it back. A shown box becomes a manual one.

    Where values of this name hold until changed, the manual boxes after it that say the same as this frame did get
    the new value too, up to the first one that says something else.

    Raises:
        EditError: there is no box on the frame.
    """
    before = frame_values(project, track_id, frame_index)
    keyframe = project.keyframe(track_id, frame_index)
    if keyframe is not None:
        made = replace(keyframe, attributes=_with_value(keyframe.attributes, name, value))
        changes: tuple[Change, ...] = (KeyframeChange(keyframe, made, track_id),) if made != keyframe else ()
    else:
        shown = project.shown(track_id, frame_index)
        if shown is None:
            raise EditError("There is no box on this frame to say something about: draw one first.")
        said = _with_value(before, name, value)
        drawn = Keyframe(frame_index, shown.box, shown.visibility, BoxOrigin.ACCEPTED, said)
        changes = set_keyframe(project, track_id, drawn).changes
        changes = tuple(_saying(each, said) if isinstance(each, KeyframeChange) else each for each in changes)
    if _holds(project, track_id, name) and changes:
        changes += tuple(_following(project, track_id, frame_index, (name, before.get(name, ""), value)))
    title = f"Set {name}" if value else f"Clear {name}"
    return Edit(title, frame_index, track_id, changes)


def _saying(change: KeyframeChange, said: Mapping[str, str]) -> KeyframeChange:
    """What was taken back is not to be held on to."""
    return change if change.after is None else replace(change, after=replace(change.after, attributes=said))


def _holds(project: Project, track_id: int, name: str) -> bool:
    offered = project.attributes_of(project.track(track_id).label)
    return any(each.name == name and each.scope is AttributeScope.UNTIL_CHANGED for each in offered)


def _following(
    project: Project, track_id: int, frame_index: int, change: tuple[str, str, str]
) -> Iterator[KeyframesChange]:
    name, before, after = change
    block = project.keyframe_block(track_id, frame_index + 1, LAST_FRAME)
    said: dict[int, Mapping[str, str]] = {}
    for index in block.frame_indices.tolist():
        values = block.attributes.get(index, {})
        if values.get(name, "") != before:
            break
        said[index] = _with_value(values, name, after)
    yield from _said_otherwise(block, said, track_id)


def _said_otherwise(
    block: KeyframeBlock, said: Mapping[int, Mapping[str, str]], track_id: int
) -> Iterator[KeyframesChange]:
    """Let the manual boxes on these frames say this instead."""
    if not said:
        return
    was = block.where(np.isin(block.frame_indices, [*said]))
    yield KeyframesChange(was, replace(was, attributes=said), track_id)


def _with_value(values: Mapping[str, str], name: str, value: str) -> dict[str, str]:
    if value:
        return {**values, name: value}
    return {each: said for each, said in values.items() if each != name}
