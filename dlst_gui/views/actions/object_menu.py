"""Commands about whole objects."""

from __future__ import annotations

from collections.abc import Callable

from dlst_gui.views.action_specs import ActionSpec, ActionTarget
from dlst_gui.views.actions.needs import PROJECT, TRACK, TWO_TRACKS


def _select(number: int) -> Callable[[ActionTarget], object]:
    return lambda w: w.editing.select_number(number)


def _label(number: int) -> Callable[[ActionTarget], object]:
    return lambda w: w.editing.set_label_number(number)


OBJECT_MENU: tuple[ActionSpec, ...] = (
    ActionSpec(
        "rename",
        "&Object",
        "&Label…",
        "Give the object another label",
        lambda w: w.dialogs.choose_label(),
        ("F4",),
        TRACK,
    ),
    ActionSpec(
        "color",
        "&Object",
        "&Colour…",
        "Give the object another colour",
        lambda w: w.dialogs.choose_color(),
        ("Shift+F4",),
        TRACK,
    ),
    ActionSpec(
        "attributes",
        "&Object",
        "&Attributes…",
        "Say something about the object that holds on all frames",
        lambda w: w.dialogs.choose_attributes(of_frame=False),
        ("F6",),
        TRACK,
    ),
    ActionSpec(
        "frame-attributes",
        "&Object",
        "Attributes on This &Frame…",
        "Say something about the object that holds on this frame, where you gave its box",
        lambda w: w.dialogs.choose_attributes(of_frame=True),
        ("Shift+F6",),
        TRACK,
    ),
    *(
        ActionSpec(
            f"label-{number}",
            "&Object/Set La&bel",
            f"Label &{number}",
            "Give the object the label of this number",
            _label(number),
            (f"Ctrl+{number}",),
            TRACK,
        )
        for number in range(1, 10)
    ),
    ActionSpec(
        "merge",
        "&Object",
        "&Merge With…",
        "Put another object's boxes into this one",
        lambda w: w.dialogs.choose_other_track("Merge With", w.editing.merge_with),
        ("M",),
        TWO_TRACKS,
        begins_group=True,
    ),
    ActionSpec(
        "split",
        "&Object",
        "&Split Here",
        "Give everything from here on to a new object",
        lambda w: w.editing.split(),
        ("Alt+M",),
        TRACK,
    ),
    ActionSpec(
        "swap",
        "&Object",
        "S&wap From Here…",
        "Exchange what two objects have from here on",
        lambda w: w.dialogs.choose_other_track("Swap With", w.editing.swap_with),
        ("Ctrl+Alt+M",),
        TWO_TRACKS,
    ),
    ActionSpec(
        "duplicate",
        "&Object",
        "&Duplicate",
        "Add an object with the same boxes",
        lambda w: w.editing.duplicate(),
        ("Ctrl+D",),
        TRACK,
    ),
    ActionSpec(
        "hide",
        "&Object",
        "&Hide",
        "Hide the object on the frame, or show it again",
        lambda w: w.editing.toggle_hidden(w.session.selected_track),
        ("H",),
        TRACK,
        begins_group=True,
    ),
    ActionSpec(
        "lock",
        "&Object",
        "L&ock",
        "Protect the object from being changed, or not",
        lambda w: w.editing.toggle_locked(w.session.selected_track),
        ("L",),
        TRACK,
    ),
    ActionSpec(
        "pin",
        "&Object",
        "&Pin",
        "Keep the object at the top of the timeline, or not",
        lambda w: w.editing.toggle_pinned(w.session.selected_track),
        ("P",),
        TRACK,
    ),
    *(
        ActionSpec(
            f"track-{number}",
            "&Object/S&elect",
            f"Object &{number}",
            "Select the object of this number",
            _select(number),
            (f"{number}",),
            PROJECT,
        )
        for number in range(1, 10)
    ),
)
