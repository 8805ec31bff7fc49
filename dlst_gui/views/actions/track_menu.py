"""Commands to the tracker."""

from __future__ import annotations

from dlst_gui.views.action_specs import ActionSpec, ToggleSpec
from dlst_gui.views.actions.needs import BOX, BOX_OR_RUN, RUN

TRACK_MENU: tuple[ActionSpec | ToggleSpec, ...] = (
    ActionSpec(
        "track",
        "&Track",
        "&Track",
        "Track to the end; press again to pause",
        lambda w: w.session.toggle_tracking(),
        ("T",),
        BOX_OR_RUN,
        "track",
    ),
    ActionSpec(
        "step",
        "&Track",
        "&Step",
        "Track one frame, then pause",
        lambda w: w.session.step(),
        (".",),
        BOX,
        "step",
    ),
    ActionSpec(
        "stop",
        "&Track",
        "St&op",
        "End the run; its boxes stay",
        lambda w: w.session.stop(),
        ("Ctrl+.",),
        RUN,
        "stop",
    ),
    ToggleSpec(
        "continue",
        "&Track",
        "&Continue After Correction",
        "Let tracking go on by itself once the tracker has learned a correction",
        lambda w, on: w.set_continues_after_correction(on),
        begins_group=True,
    ),
    ToggleSpec(
        "follow",
        "&Track",
        "&Follow the Tracker",
        "Show each frame as it is tracked; looking at another one ends this",
        lambda w, on: w.session.set_follows_tracker(on),
        ("Shift+F",),
    ),
)
