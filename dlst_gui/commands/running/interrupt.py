"""Ctrl+C as a wish: the first one is noted, a second one ends the program at once."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

EXIT_STATUS = 130
"""What a shell expects of a program ended by Ctrl+C: 128 + SIGINT."""


@dataclass(slots=True)
class Interrupt:
    """Whether Ctrl+C was pressed since `noticing_interrupts` began."""

    is_requested: bool = False

    def should_cancel(self) -> bool:
        """For whoever polls."""
        return self.is_requested


@contextmanager
def noticing_interrupts() -> Iterator[Interrupt]:
    """Let the body look at Ctrl+C when it suits it; for the main thread only."""
    interrupt = Interrupt()

    def notice(number: int, frame: FrameType | None) -> None:
        if interrupt.is_requested:
            raise KeyboardInterrupt
        interrupt.is_requested = True

    before = signal.signal(signal.SIGINT, notice)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, before)
