"""Commands to the tracker."""

from __future__ import annotations

from dlst_gui.tracking.tracking_run import Direction
from dlst_gui.views.action_specs import ActionSpec, ToggleSpec
from dlst_gui.views.actions.needs import ANY_TRACK, BOX, BOX_OR_RUN, RUN

TRACKING_MENU: tuple[ActionSpec | ToggleSpec, ...] = (
    ActionSpec(
        "track",
        "&Tracking",
        "&Track",
        "Track to the end; press again to pause",
        lambda w: w.session.tracking.toggle(),
        ("T",),
        BOX_OR_RUN,
        "track",
    ),
    ActionSpec(
        "step",
        "&Tracking",
        "&Step",
        "Track one frame, then pause",
        lambda w: w.session.tracking.step(),
        (".",),
        BOX,
        "step",
    ),
    ActionSpec(
        "track-backward",
        "&Tracking",
        "Track &Backward",
        "Track from your nearest box back towards the beginning",
        lambda w: w.session.tracking.track(Direction.BACKWARD),
        ("Shift+T",),
        BOX,
    ),
    ActionSpec(
        "track-to-frame",
        "&Tracking",
        "Track to F&rame…",
        "Track from the shown frame to one you choose, forward or backward, and stop there",
        lambda w: w.dialogs.choose_frame_to_track_to(),
        ("Ctrl+Shift+T",),
        BOX,
    ),
    ActionSpec(
        "track-between",
        "&Tracking",
        "Track Bet&ween",
        "Track both ways between your boxes around this frame, and join the two",
        lambda w: w.session.tracking.track_between(),
        ("Ctrl+T",),
        BOX,
    ),
    ActionSpec(
        "track-all",
        "&Tracking",
        "Track &All",
        "Track every object that is neither hidden nor locked",
        lambda w: w.session.tracking.track(all_tracks=True),
        ("Ctrl+Alt+T",),
        ANY_TRACK,
    ),
    ActionSpec(
        "step-back",
        "&Tracking",
        "Step Bac&k",
        "Track one frame backward, then pause",
        lambda w: w.session.tracking.step(Direction.BACKWARD),
        (",",),
        BOX,
    ),
    ActionSpec(
        "stop",
        "&Tracking",
        "St&op",
        "End the run; its boxes stay",
        lambda w: w.session.run.stop(),
        ("Ctrl+.",),
        RUN,
        "stop",
    ),
    ToggleSpec(
        "stop-at-keyframe",
        "&Tracking",
        "Stop at &Your Boxes",
        "Let a run end before the next box of yours instead of going on through it",
        lambda w, on: w.session.tracking.set_stops_at_keyframe(on),
        is_on_at_start=False,
        begins_group=True,
    ),
    ToggleSpec(
        "continue",
        "&Tracking",
        "&Continue After Correction",
        "Let tracking go on by itself once the tracker has learned a correction",
        lambda w, on: w.set_continues_after_correction(on),
    ),
    ToggleSpec(
        "follow",
        "&Tracking",
        "&Follow the Tracker",
        "Show each frame as it is tracked; looking at another one ends this",
        lambda w, on: w.session.tracking.set_follows_tracker(on),
        ("Shift+F",),
    ),
)
