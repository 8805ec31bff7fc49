"""Commands about whole objects."""

from __future__ import annotations

from collections.abc import Callable

from dlst_gui.views.actions.action_specs import ActionSpec, ActionTarget, ToggleSpec
from dlst_gui.views.actions.needs import ASKED_ABOUT_TWO, EDITABLE, PROJECT, TRACK, TWO_TRACKS


def _select(number: int) -> Callable[[ActionTarget], object]:
    return lambda w: w.editing.select_number(number)


def _value(number: int) -> Callable[[ActionTarget], object]:
    return lambda w: w.labelling.say_next(number)


def _label(number: int) -> Callable[[ActionTarget], object]:
    return lambda w: w.labelling.give_label_number(number)


OBJECT_MENU: tuple[ActionSpec | ToggleSpec, ...] = (
    ActionSpec(
        "rename",
        "&Object",
        "&Label…",
        "Change the label of the object",
        lambda w: w.dialogs.choose_label(),
        ("F4",),
        TRACK,
    ),
    ActionSpec(
        "color",
        "&Object",
        "&Colour…",
        "Change the colour of the object",
        lambda w: w.dialogs.choose_color(),
        ("Shift+F4",),
        TRACK,
    ),
    ActionSpec(
        "attributes",
        "&Object",
        "&Attributes…",
        "Edit the object's attributes, which apply to all frames",
        lambda w: w.dialogs.choose_attributes(of_frame=False),
        ("F6",),
        TRACK,
    ),
    ActionSpec(
        "frame-attributes",
        "&Object",
        "Attributes on This &Frame…",
        "Edit the attributes of the manual box on this frame",
        lambda w: w.dialogs.choose_attributes(of_frame=True),
        ("Shift+F6",),
        TRACK,
    ),
    *(
        ActionSpec(
            f"label-{number}",
            "&Object/Set La&bel",
            f"Label &{number}",
            "Give the label with this key to the object, or to the next one that is drawn",
            _label(number),
            (f"Ctrl+{number}",),
            EDITABLE,
        )
        for number in range(1, 10)
    ),
    *(
        ActionSpec(
            f"attribute-{number}",
            "&Object/Set A&ttribute",
            f"Attribute &{number}",
            "Go on to the next value of the attribute with this key",
            _value(number),
            (f"Ctrl+Alt+{number}",),
            TRACK,
        )
        for number in range(1, 10)
    ),
    ActionSpec(
        "take-label-set",
        "&Object",
        "&Import Label Set…",
        "Take labels and attributes from a file: ours, CVAT's or Label Studio's",
        lambda w: w.label_set.choose_to_take(),
        (),
        EDITABLE,
    ),
    ActionSpec(
        "write-label-set",
        "&Object",
        "E&xport Label Set…",
        "Write labels and attributes to a file for your team, CVAT or Label Studio",
        lambda w: w.label_set.choose_to_write(),
        (),
        PROJECT,
    ),
    ActionSpec(
        "merge",
        "&Object",
        "&Merge With…",
        "Merge another object into this one",
        lambda w: w.dialogs.merge_objects(),
        ("M",),
        TWO_TRACKS,
        begins_group=True,
    ),
    ActionSpec(
        "split",
        "&Object",
        "&Split Here",
        "Move everything from this frame on to a new object",
        lambda w: w.editing.split(),
        ("Alt+M",),
        TRACK,
    ),
    ActionSpec(
        "swap",
        "&Object",
        "S&wap From Here…",
        "Swap the boxes of two objects from this frame on",
        lambda w: w.dialogs.swap_objects(),
        ("Ctrl+Alt+M",),
        TWO_TRACKS,
    ),
    ActionSpec(
        "both-right",
        "&Object",
        "Both A&re Right",
        "These are two objects, although they seem to be on one target: track both on, and do not ask again",
        lambda w: w.identities.trust_both(),
        ("Alt+B",),
        ASKED_ABOUT_TWO,
    ),
    ActionSpec(
        "duplicate",
        "&Object",
        "&Duplicate",
        "Add a copy of the object with the same boxes",
        lambda w: w.editing.duplicate(),
        ("Ctrl+D",),
        TRACK,
    ),
    ToggleSpec(
        "interpolate-only",
        "&Object",
        "I&nterpolate Only",
        "Draw keyframes with straight lines between, without the tracker",
        lambda w, on: w.editing.set_interpolated(on),
        is_on_at_start=False,
        begins_group=True,
        need=TRACK,
    ),
    ActionSpec(
        "make-keyframes",
        "&Object",
        "Make &Keyframes…",
        "Turn tracked boxes into a few manual ones with straight lines between",
        lambda w: w.dialogs.choose_keyframes(),
        ("Ctrl+K",),
        TRACK,
    ),
    ActionSpec(
        "hide",
        "&Object",
        "&Hide",
        "Hide or show the object on the frame",
        lambda w: w.editing.toggle_hidden(w.session.selected_track),
        ("H",),
        TRACK,
        begins_group=True,
    ),
    ActionSpec(
        "lock",
        "&Object",
        "L&ock",
        "Lock the object against changes, or unlock it",
        lambda w: w.editing.toggle_locked(w.session.selected_track),
        ("L",),
        TRACK,
    ),
    ActionSpec(
        "pin",
        "&Object",
        "&Pin",
        "Pin the object to the top of the timeline, or unpin it",
        lambda w: w.editing.toggle_pinned(w.session.selected_track),
        ("P",),
        TRACK,
    ),
    *(
        ActionSpec(
            f"track-{number}",
            "&Object/S&elect",
            f"Object &{number}",
            "Select the object with this number",
            _select(number),
            (f"{number}",),
            PROJECT,
        )
        for number in range(1, 10)
    ),
)
