"""Whether what was asked for of several systems makes sense for each of them."""

from __future__ import annotations

from collections.abc import Sequence

from dlst_gui.commands.running.errors import CommandError
from dlst_gui.tracking.tracker_factory import follows_guides
from tracker_core import DEFAULT_PRESET, PRESETS, Details, fast_steps


def check_systems(
    presets: Sequence[str],
    *,
    details: Details = "code",
    without: Sequence[str] = (),
    guides: Sequence[str] = (),
) -> None:
    """Nothing, where it does.

    Raises:
        CommandError: the paper's words for a system it does not have, steps that a system lacks, or a guide for
            one that follows none.
    """
    for preset in presets:
        config = PRESETS[preset]
        if details != "code" and config.matching is not None:
            raise CommandError(
                f"--details {details}: details apply to the systems of the paper's Table 1, and {preset} is none; "
                "add --preset dlst or another of them"
            )
        asked = [guide for guide in guides if guide]
        if asked and not follows_guides(preset):
            raise CommandError(
                f"--guide {','.join(asked)}: {preset} follows no guide; leave --guide out, or take "
                f"--preset {DEFAULT_PRESET}"
            )
        steps = fast_steps(config)
        lacking = [step for step in without if step not in steps]
        if lacking:
            raise CommandError(
                f"--without {','.join(lacking)}: {preset} has no such step, only {', '.join(steps)}"
            )
