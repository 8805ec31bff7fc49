"""Exact or fast: what was asked for, or else what suits the device."""

from __future__ import annotations

from collections.abc import Sequence

from dlst_gui.commands.running.errors import CommandError
from dlst_gui.tracking.devices import default_speed
from tracker_core import Speed


def chosen_speeds(asked: Sequence[Speed] | None, without: Sequence[str], *, device: str) -> tuple[Speed, ...]:
    """At least one.

    Raises:
        CommandError: there are steps to leave out, and no fast to leave them out of.
    """
    speeds = tuple(asked or (default_speed(device),))
    if without and "fast" not in speeds:
        default = "" if asked else f", the default on {device},"
        raise CommandError(
            f"--without {','.join(without)}: exact{default} has no steps to leave out; add --speed fast"
        )
    return speeds
