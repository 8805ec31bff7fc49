"""Whether what was asked for of several systems makes sense for each of them."""

from __future__ import annotations

from collections.abc import Sequence

from dlst_gui.commands.running.errors import CommandError
from tracker_core import PRESETS, Details, fast_steps


def check_systems(presets: Sequence[str], *, details: Details, without: Sequence[str]) -> None:
    """Nothing, where it does.

    Raises:
        CommandError: the paper's words for a system it does not have, or steps that a system lacks.
    """
    for preset in presets:
        config = PRESETS[preset]
        if details != "code" and config.matching is not None:
            raise CommandError(
                f"--details {details}: details apply to the systems of the paper's Table 1, and {preset} is none; "
                "add --preset dlst or another of them"
            )
        steps = fast_steps(config)
        lacking = [step for step in without if step not in steps]
        if lacking:
            raise CommandError(
                f"--without {','.join(lacking)}: {preset} has no such step, only {', '.join(steps)}"
            )
