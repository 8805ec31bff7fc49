"""Commands about whole tracks."""

from __future__ import annotations

from collections.abc import Callable

from dlst_gui.views.action_specs import ActionSpec, ActionTarget
from dlst_gui.views.actions.needs import PROJECT, TRACK, TWO_TRACKS


def _select(number: int) -> Callable[[ActionTarget], object]:
    return lambda w: w.editing.select_number(number)


def _label(number: int) -> Callable[[ActionTarget], object]:
    return lambda w: w.editing.set_label_number(number)


TRACKS_MENU: tuple[ActionSpec, ...] = (
    ActionSpec(
        "rename",
        "Trac&ks",
        "&Label…",
        "Give the track another label",
        lambda w: w.dialogs.choose_label(),
        ("F4",),
        TRACK,
    ),
    ActionSpec(
        "color",
        "Trac&ks",
        "&Colour…",
        "Give the track another colour",
        lambda w: w.dialogs.choose_color(),
        ("Shift+F4",),
        TRACK,
    ),
    ActionSpec(
        "attributes",
        "Trac&ks",
        "&Attributes…",
        "Say something about the track that holds on all frames",
        lambda w: w.dialogs.choose_attributes(of_frame=False),
        ("F6",),
        TRACK,
    ),
    ActionSpec(
        "frame-attributes",
        "Trac&ks",
        "Attributes on This &Frame…",
        "Say something about the track that holds on this frame, where you gave its box",
        lambda w: w.dialogs.choose_attributes(of_frame=True),
        ("Shift+F6",),
        TRACK,
    ),
    *(
        ActionSpec(
            f"label-{number}",
            "Trac&ks/Set La&bel",
            f"Label &{number}",
            "Give the track the label of this number",
            _label(number),
            (f"Ctrl+{number}",),
            TRACK,
        )
        for number in range(1, 10)
    ),
    ActionSpec(
        "merge",
        "Trac&ks",
        "&Merge With…",
        "Put another track's boxes into this one",
        lambda w: w.dialogs.choose_other_track("Merge With", w.editing.merge_with),
        ("M",),
        TWO_TRACKS,
        begins_group=True,
    ),
    ActionSpec(
        "split",
        "Trac&ks",
        "&Split Here",
        "Give everything from here on to a new track",
        lambda w: w.editing.split(),
        ("Alt+M",),
        TRACK,
    ),
    ActionSpec(
        "swap",
        "Trac&ks",
        "S&wap From Here…",
        "Exchange what two tracks have from here on",
        lambda w: w.dialogs.choose_other_track("Swap With", w.editing.swap_with),
        ("Ctrl+Alt+M",),
        TWO_TRACKS,
    ),
    ActionSpec(
        "duplicate",
        "Trac&ks",
        "&Duplicate",
        "Add a track with the same boxes",
        lambda w: w.editing.duplicate(),
        ("Ctrl+D",),
        TRACK,
    ),
    ActionSpec(
        "hide",
        "Trac&ks",
        "&Hide",
        "Hide the track on the frame, or show it again",
        lambda w: w.editing.toggle_hidden(w.session.selected_track),
        ("H",),
        TRACK,
        begins_group=True,
    ),
    ActionSpec(
        "lock",
        "Trac&ks",
        "L&ock",
        "Protect the track from being changed, or not",
        lambda w: w.editing.toggle_locked(w.session.selected_track),
        ("L",),
        TRACK,
    ),
    ActionSpec(
        "pin",
        "Trac&ks",
        "&Pin",
        "Keep the track at the top of the timeline, or not",
        lambda w: w.editing.toggle_pinned(w.session.selected_track),
        ("P",),
        TRACK,
    ),
    *(
        ActionSpec(
            f"track-{number}",
            "Trac&ks/S&elect",
            f"Track &{number}",
            "Select the track of this number",
            _select(number),
            (f"{number}",),
            PROJECT,
        )
        for number in range(1, 10)
    ),
)
