"""The one tracker that was asked for."""

from __future__ import annotations

from dlst_gui.commands.grammar.arguments import TrackerOptions
from dlst_gui.commands.running.speed_choice import chosen_speeds
from dlst_gui.commands.running.system_choice import check_systems
from dlst_gui.tracking.devices import core_count
from dlst_gui.tracking.tracker_factory import TrackerSettings


def tracker_settings(options: TrackerOptions, device: str) -> TrackerSettings:
    """The tracker that was asked for; CommandError for steps, details or a guide that it has not."""
    asked = None if options.speed is None else (options.speed,)
    (speed,) = chosen_speeds(asked, options.without, device=device)
    check_systems((options.preset,), details=options.details, without=options.without, guides=(options.guide,))
    return TrackerSettings(
        options.preset,
        options.details,
        options.backbone,
        device,
        options.seed,
        options.threads or core_count(),
        speed,
        options.without,
        guide=options.guide,
    )
