"""Commands that lead through the boxes that are most likely wrong."""

from __future__ import annotations

from dlst_gui.project.review import ReviewMark
from dlst_gui.views.action_specs import ActionSpec
from dlst_gui.views.actions.needs import PROJECT, TRACK

REVIEW_MENU: tuple[ActionSpec, ...] = (
    ActionSpec(
        "next-review",
        "&Review",
        "&Next to Review",
        "Go to the frames that are most likely wrong",
        lambda w: w.reviewing.seek(forward=True),
        ("G",),
        PROJECT,
    ),
    ActionSpec(
        "previous-review",
        "&Review",
        "&Previous to Review",
        "Go back in the queue",
        lambda w: w.reviewing.seek(forward=False),
        ("Shift+G",),
        PROJECT,
    ),
    ActionSpec(
        "accept-span",
        "&Review",
        "&Accept Span",
        "The boxes of these frames are right; go to the next",
        lambda w: w.reviewing.judge(ReviewMark.ACCEPTED),
        ("A",),
        TRACK,
        begins_group=True,
    ),
    ActionSpec(
        "mark-bad",
        "&Review",
        "Mark &Bad",
        "The boxes of these frames are wrong and wait to be corrected",
        lambda w: w.reviewing.judge(ReviewMark.BAD),
        ("X",),
        TRACK,
    ),
)
