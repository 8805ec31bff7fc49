"""Commands that lead through the boxes that are most likely wrong."""

from __future__ import annotations

from dlst_gui.project.review import ReviewMark
from dlst_gui.views.actions.action_specs import ActionSpec, ToggleSpec
from dlst_gui.views.actions.needs import PROJECT, TRACK, WRITABLE

REVIEW_MENU: tuple[ActionSpec | ToggleSpec, ...] = (
    ActionSpec(
        "next-review",
        "&Review",
        "&Next to Review",
        "Go to the next frames to review, starting with those most likely wrong",
        lambda w: w.reviewing.seek(forward=True),
        ("G",),
        PROJECT,
    ),
    ActionSpec(
        "previous-review",
        "&Review",
        "&Previous to Review",
        "Go to the previous frames to review",
        lambda w: w.reviewing.seek(forward=False),
        ("Shift+G",),
        PROJECT,
    ),
    ActionSpec(
        "accept-span",
        "&Review",
        "&Accept Span",
        "Accept the boxes on these frames and go to the next",
        lambda w: w.reviewing.judge(ReviewMark.ACCEPTED),
        ("A",),
        TRACK,
        begins_group=True,
    ),
    ActionSpec(
        "mark-bad",
        "&Review",
        "Mark as &Bad",
        "Mark the boxes on these frames as bad, to be corrected",
        lambda w: w.reviewing.judge(ReviewMark.BAD),
        ("X",),
        TRACK,
    ),
    ActionSpec(
        "accept-object",
        "&Review",
        "Accept All of This &Object",
        "Accept every box of the object that nobody has judged yet, except those marked as bad",
        lambda w: w.reviewing.accept_track(w.session.selected_track or 0),
        ("Shift+A",),
        TRACK,
    ),
    ToggleSpec(
        "done",
        "&Review",
        "Video Is &Done",
        "Note that this video is done; lists of videos show it, and go on with the others",
        lambda w, on: w.session.set_done(on),
        ("Ctrl+Return",),
        is_on_at_start=False,
        begins_group=True,
        need=WRITABLE,
    ),
)
