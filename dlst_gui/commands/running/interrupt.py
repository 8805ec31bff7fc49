"""Ctrl+C as a wish: the first one is noted, a second one ends the program at once."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

EXIT_STATUS = 130
"""What a shell expects of a program ended by Ctrl+C: 128 + SIGINT."""
_FIRST_STATUS = 128


@dataclass(slots=True)
class Interrupt:
    """Whether Ctrl+C was pressed since `noticing_interrupts` began.

    Attributes:
        exit_status: that a shell expects of a program that the signal has ended.
    """

    is_requested: bool = False
    exit_status: int = EXIT_STATUS

    def should_cancel(self) -> bool:
        """For whoever polls."""
        return self.is_requested


@contextmanager
def noticing_interrupts(*others: signal.Signals) -> Iterator[Interrupt]:
    """Let the body look at Ctrl+C when it suits it; for the main thread only.

    Args:
        others: signals that are taken for it, such as SIGTERM, by which services and clusters end their programs.
    """
    interrupt = Interrupt()

    def notice(number: int, frame: FrameType | None) -> None:
        if interrupt.is_requested:
            raise KeyboardInterrupt
        interrupt.is_requested, interrupt.exit_status = True, _FIRST_STATUS + number

    before = {each: signal.signal(each, notice) for each in (signal.SIGINT, *others)}
    try:
        yield interrupt
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
