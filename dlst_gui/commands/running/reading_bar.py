"""How far reading a large file is, on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from dlst_gui.commands.running.progress import progress_bar
from dlst_gui.exchange.progress import OnProgress, Progress, ignore_progress


@contextmanager
def reading_bar() -> Iterator[OnProgress]:
    """A bar in percent that goes away at the end; nothing where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield ignore_progress
        return
    with progress_bar(100, "reading", unit="%") as bar:
        bar.leave = False

        def tell(progress: Progress) -> None:
            bar.n = 100 * progress.done // max(progress.total, 1)
            bar.refresh()

        yield tell
