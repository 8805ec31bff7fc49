"""What a person says of objects: labels, values of attributes, and which of both are offered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.own.attribute_json import HOTKEYS
from dlst_gui.label_set.label_set_file import LabelSetFormat, read_label_set, write_label_set
from dlst_gui.project import edits, label_set_edits
from dlst_gui.project.attribute_values import ShownValue, free_values, shown_values
from dlst_gui.project.attributes import Attribute
from dlst_gui.project.changes import Edit
from dlst_gui.project.edit_parts import EditError
from dlst_gui.project.errors import ProjectFileError
from dlst_gui.project.label_set_edits import OfferedLabels
from dlst_gui.project.labels import Label
from dlst_gui.project.project import Project
from dlst_gui.project.track_colors import TRACK_COLORS
from dlst_gui.session.editing import Editing
from dlst_gui.session.session import Session, label_of_new


@dataclass(frozen=True, slots=True)
class Subject:
    """What is spoken of: a track, None for none, on a frame."""

    track_id: int | None
    frame_index: int


class Labelling(QObject):
    """Commands of the window about labels and attributes."""

    field_wanted = Signal(int)  # id of an attribute whose value is to be written

    def __init__(self, session: Session, editing: Editing) -> None:
        super().__init__()
        self._session = session
        self._editing = editing

    @property
    def offered(self) -> OfferedLabels:
        """What the open project offers."""
        project = self._session.project
        return OfferedLabels() if project is None else OfferedLabels.of(project)

    @property
    def label_here(self) -> str:
        """The label of the selected track, or of the next one where one was begun; "" without a project."""
        project, track_id, selection = self._session.project, self._session.selected_track, self._session.selection
        if project is None:
            return ""
        if selection.begins_new_track or track_id is None:
            return selection.next_label or label_of_new(project, track_id)
        return project.track(track_id).label

    def values(self) -> tuple[ShownValue, ...]:
        """Of the selected track on the shown frame."""
        project, track_id = self._session.project, self._session.selected_track
        if project is None or track_id is None or not project.has_track(track_id):
            return ()
        return shown_values(project, track_id, self._session.playhead.frame_index)

    def free_values(self) -> tuple[tuple[str, str, bool], ...]:
        """What is said besides: name, value, whether of this frame alone."""
        project, track_id = self._session.project, self._session.selected_track
        if project is None or track_id is None or not project.has_track(track_id):
            return ()
        return free_values(project, track_id, self._session.playhead.frame_index)

    @property
    def subject(self) -> Subject:
        """What values are shown of."""
        return Subject(self._session.selected_track, self._session.playhead.frame_index)

    def give_label(self, name: str) -> None:
        """Give a label to the selected track, or to the next one that is drawn where one was begun."""
        selection = self._session.selection
        if not selection.begins_new_track:
            self._editing.set_label(name)
        elif self._session.can_edit:
            selection.want_label(name)
            self._session.noted.emit(f"The next box is a new object with the label {name}.")

    def give_label_number(self, number: int) -> None:
        """Give the label of this hotkey."""
        found = next((label.name for label in self.offered.labels if label.hotkey == str(number)), None)
        if found is None:
            self._session.noted.emit(f"No label has the key {number}: give it to one in the panel Labels.")
        else:
            self.give_label(found)

    def say(self, name: str, value: str, *, is_of_frame: bool, of: Subject | None = None) -> None:
        """Say something about a track, or about it on a frame; "" takes it back.

        Args:
            name: of an attribute, offered or not.
            value: what is said.
            is_of_frame: of the frame, or of the whole object.
            of: the track and frame; those that are selected and shown where it is not given.
        """
        of = self.subject if of is None else of
        if is_of_frame:
            edit, frame = label_set_edits.set_frame_value, of.frame_index
            self._editing.do(lambda p, track: edit(p, track, frame, name, value), of.track_id)
        else:
            self._editing.do(lambda p, track: label_set_edits.set_object_value(p, track, name, value), of.track_id)

    def say_next(self, number: int) -> None:
        """Go on to the next value of the attribute of this hotkey, or to its field where values are written."""
        found = next((each for each in self.values() if each.attribute.hotkey == str(number)), None)
        if found is None:
            self._session.noted.emit(f"No attribute of this object has the key {number}: see the panel Labels.")
            return
        attribute = found.attribute
        value = attribute.next_value(found.value)
        if value is None:
            self.field_wanted.emit(attribute.attribute_id)
        else:
            self.say(attribute.name, value, is_of_frame=attribute.is_of_frames)

    def offer_label(self, label: Label, *, instead_of: str = "") -> str:
        """Offer a label, or change the one of the name `instead_of`, with all objects that have it.

        Returns:
            why that was not done, "" where it was.
        """
        if instead_of:
            return self._offer(lambda p: label_set_edits.change_label(p, instead_of, label))
        if any(each.name == label.name for each in self.offered.labels):
            return f"There is a label {label.name!r} already; choose another name."
        return self._offer(lambda p: edits.set_label(p, label))

    def remove_label(self, name: str) -> None:
        """Offer a label no longer; objects keep it."""
        self._do(lambda p: edits.remove_label(p, name))

    def offer_attribute(self, attribute: Attribute) -> str:
        """Offer an attribute, or change the one of its id; why that was not done, "" where it was."""
        return self._offer(lambda p: label_set_edits.set_attribute(p, attribute))

    def remove_attribute(self, attribute_id: int) -> None:
        """Offer an attribute no longer; values stay."""
        self._do(lambda p: label_set_edits.remove_attribute(p, attribute_id))

    def new_label(self) -> Label:
        """One that nobody has named yet: a colour that no label has, and a key that is free."""
        labels = self.offered.labels
        colors, keys = {label.color for label in labels}, {label.hotkey for label in labels}
        again = TRACK_COLORS[len(labels) % len(TRACK_COLORS)]
        color = next((each for each in TRACK_COLORS if each not in colors), again)
        names = {label.name for label in labels}
        name = next(each for each in _new_names() if each not in names)
        return Label(name, color, next((key for key in HOTKEYS if key not in keys), ""))

    def new_attribute(self, name: str = "") -> Attribute:
        """One that nobody has described yet."""
        project = self._session.project
        attribute_id = 1 if project is None else project.next_attribute_id()
        keys = {each.hotkey for each in self.offered.attributes}
        hotkey = next((key for key in HOTKEYS if key not in keys), "")
        return Attribute(attribute_id, name or "new", hotkey=hotkey)

    def take_file(self, path: Path, *, replaces: bool) -> None:
        """Take the label set of a file, as one step of undo."""
        try:
            read = read_label_set(path)
        except FormatError as error:
            self._session.failed.emit("Label set not read", str(error), "")
            return
        edit = self._do(lambda p: label_set_edits.take_label_set(p, read.offered, replaces=replaces))
        if edit is not None:
            labels, attributes = len(read.offered.labels), len(read.offered.attributes)
            said = f"Took {labels} labels and {attributes} attributes from {path.name}."
            self._session.noted.emit(" ".join((said, *read.notices)))

    def write_file(self, path: Path, label_set_format: LabelSetFormat) -> None:
        """Write the project's label set."""
        try:
            write_label_set(self.offered, path, label_set_format)
        except OSError as error:
            self._session.failed.emit("Label set not written", f"{path}: {error.strerror or error}", "")
        else:
            self._session.noted.emit(f"Label set written to {path}")

    def begin_with(self, offered: OfferedLabels) -> None:
        """Let a project that nobody has worked on offer a label set, without a step of undo."""
        current = self._session.current_project
        if current.project is None or not current.is_untouched:
            return
        try:
            current.adopt(label_set_edits.take_label_set(current.project, offered))
        except ProjectFileError:
            return  # the first edit says why nothing can be written
        self._session.project_changed.emit(frozenset())

    def _offer(self, make: Callable[[Project], Edit]) -> str:
        project = self._session.project
        if project is None:
            return "There is no project to change."
        current = self._session.current_project
        if current.is_read_only:
            return current.notice
        if not self._session.can_edit:
            return "It cannot be changed now: pause the tracker first."
        try:
            make(project)
        except EditError as error:
            return str(error)
        return "" if self._do(make) is not None else "It was not saved."

    def _do(self, make: Callable[[Project], Edit]) -> Edit | None:
        return self._session.do(make)


def _new_names() -> Iterator[str]:
    yield "new"
    yield from (f"new {number}" for number in count(2))
