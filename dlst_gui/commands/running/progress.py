"""Progress bars of the commands: on stderr, with the time left."""

from __future__ import annotations

import sys

from tqdm import tqdm

from dlst_gui.commands.running.terminal import STDERR


def progress_bar(total: int, description: str, *, unit: str = "frame") -> tqdm:
    """A bar to be closed by its caller; where stderr is no terminal it writes a line only now and then."""
    interval_s = 0.1 if sys.stderr.isatty() else 30.0
    return tqdm(
        total=total,
        desc=description,
        unit=unit,
        file=STDERR,
        dynamic_ncols=True,
        mininterval=interval_s,
        maxinterval=max(10.0, interval_s),
    )


def show_learning(bar: tqdm, fraction: float) -> None:
    """Tell beside the bar how far learning on a manual box is."""
    bar.set_postfix_str(f"learning {fraction:.0%}", refresh=sys.stderr.isatty())
