"""Serves a client of the TraX protocol.

Stdout belongs to the protocol; all that is said goes to stderr, in whole lines, because the toolkit reads both
from one pipe.
"""

from __future__ import annotations

import sys
from contextlib import redirect_stdout

from dlst_gui.commands.grammar.arguments import TrackerOptions
from dlst_gui.commands.running.terminal import say
from dlst_gui.commands.running.tracker_choice import tracker_settings
from dlst_gui.commands.trax.connection import TraxClient, TraxConnection, check_trax
from dlst_gui.tracking.devices import cpu_threads, resolve_device
from dlst_gui.tracking.tracker_factory import MakeTracker
from tracker_core import Tracker


def run_trax(options: TrackerOptions, make_tracker: MakeTracker) -> int:
    """Track for one client until it is done; returns the exit status.

    The tracker is built before the client is told that it is there.

    Raises:
        CommandError, VideoError, WeightsError, TrackerInputError: bad input, also the client's.
    """
    check_trax()
    device = resolve_device(options.device)
    settings = tracker_settings(options, device.name)
    with redirect_stdout(sys.stderr), cpu_threads(settings.threads):
        tracker = make_tracker(settings)
        say(f"tracker {settings.preset}, {settings.mode}; backbone {settings.weights}; device {device}")
        say("waiting for a TraX client")
        serve(TraxConnection(f"DLST {settings.system}"), tracker)
    return 0


def serve(client: TraxClient, tracker: Tracker) -> None:
    """Answer the client's requests until it is done.

    Each beginning of a target forgets the one before: the answers do not depend on what was tracked earlier. A box
    that the tracker is not sure of is answered all the same, with a confidence below 0.
    """
    try:
        while (request := client.wait()) is not None:
            if request.first_box is not None:
                result = tracker.initialize(request.frame, request.first_box)
                client.answer(result.box, None)
            else:
                result = tracker.track(request.frame)
                client.answer(result.box, result.score)
    except Exception as error:
        client.quit(str(error))
        raise
    client.quit(None)
