"""The command `trax`: the tracker for a client of the TraX protocol, such as the VOT toolkit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlst_gui.commands.grammar.arguments import TrackerOptions, add_tracker
from dlst_gui.commands.grammar.command import Command, with_options

if TYPE_CHECKING:
    from dlst_gui.tracking.tracker_factory import MakeTracker


def run(options: TrackerOptions, make_tracker: MakeTracker) -> int:
    """See `run_trax`."""
    from dlst_gui.commands.trax.run import run_trax

    return run_trax(options, make_tracker)


COMMAND = Command(
    "trax",
    "run as a tracker of the VOT toolkit, over the TraX protocol",
    add_tracker,
    with_options(TrackerOptions, run),
)
