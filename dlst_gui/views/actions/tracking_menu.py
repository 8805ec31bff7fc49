"""Commands to the tracker."""

from __future__ import annotations

from dlst_gui.tracking.tracking_run import Direction
from dlst_gui.views.action_specs import ActionSpec, ToggleSpec
from dlst_gui.views.actions.needs import ANY_TRACK, BOX, BOX_OR_RUN, STOPPABLE

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
        "Track backward from the nearest manual box",
        lambda w: w.session.tracking.track(Direction.BACKWARD),
        ("Shift+T",),
        BOX,
    ),
    ActionSpec(
        "track-to-frame",
        "&Tracking",
        "Track to F&rame…",
        "Track from this frame to one you choose, forward or backward, and stop there",
        lambda w: w.dialogs.choose_frame_to_track_to(),
        ("Ctrl+Shift+T",),
        BOX,
    ),
    ActionSpec(
        "track-between",
        "&Tracking",
        "Track Bet&ween",
        "Track forward and backward between the manual boxes around this frame, and fuse both passes",
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
        "Stop the run and keep its boxes; or give up an import, an undo or an opening that takes long",
        lambda w: w.session.stop(),
        ("Ctrl+.",),
        STOPPABLE,
        "stop",
    ),
    ToggleSpec(
        "stop-at-keyframe",
        "&Tracking",
        "Stop at Ke&yframes",
        "End a run before the next manual box instead of tracking on through it",
        lambda w, on: w.session.tracking.set_stops_at_keyframe(on),
        is_on_at_start=False,
        begins_group=True,
    ),
    ToggleSpec(
        "continue",
        "&Tracking",
        "&Continue After Correction",
        "Continue tracking automatically once a correction is learned",
        lambda w, on: w.set_continues_after_correction(on),
    ),
    ToggleSpec(
        "follow",
        "&Tracking",
        "&Follow the Tracker",
        "Show each frame as it is tracked; going to another frame turns this off",
        lambda w, on: w.session.tracking.set_follows_tracker(on),
        ("Shift+F",),
    ),
)
