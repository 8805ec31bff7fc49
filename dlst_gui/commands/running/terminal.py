"""What the commands say: the answer on stdout, everything else on stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from tracker_core.evaluation.report import JsonValue


class Stderr:
    """The process's stderr for what is said beside the answer: that nobody listens any more ends no work."""

    def write(self, text: str) -> int:
        """As a file's; after a broken pipe, everything goes nowhere."""
        try:
            return sys.stderr.write(text)
        except BrokenPipeError:
            self._go_nowhere()
            return len(text)

    def flush(self) -> None:
        """As a file's."""
        try:
            sys.stderr.flush()
        except BrokenPipeError:
            self._go_nowhere()

    def isatty(self) -> bool:
        """As a file's."""
        return sys.stderr.isatty()

    def fileno(self) -> int:
        """As a file's."""
        return sys.stderr.fileno()

    @property
    def encoding(self) -> str:
        return sys.stderr.encoding

    def _go_nowhere(self) -> None:
        _silence(sys.stderr)


STDERR = Stderr()


class ReaderLeftError(Exception):
    """Whoever read the answer has closed it, as `head` does once it has its lines."""


def say(message: str) -> None:
    """A line beside the answer; leaves a progress bar whole."""
    from tqdm import tqdm  # noqa: PLC0415 - reads its own version from the disk

    tqdm.write(message, file=STDERR)


def warn(message: str) -> None:
    """A line the user should not miss."""
    say(f"warning: {message}")


def answer(text: str) -> None:
    """What was asked for; signs that the terminal's encoding lacks, as in names, are shown as "?".

    Raises:
        ReaderLeftError: nobody reads it any more.
    """
    encoding = sys.stdout.encoding or "utf-8"
    try:
        sys.stdout.write(text.encode(encoding, "replace").decode(encoding) + "\n")
    except BrokenPipeError:
        _silence(sys.stdout)
        raise ReaderLeftError from None


def finish_answer() -> None:
    """Hand over what is still waiting to be written.

    Raises:
        ReaderLeftError: nobody reads it any more.
    """
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _silence(sys.stdout)
        raise ReaderLeftError from None


def _silence(stream: TextIO) -> None:
    """Send what is written from now on, and what waits to be, nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def answer_json(value: Mapping[str, JsonValue]) -> None:
    """What was asked for, as one JSON object."""
    answer(json.dumps(value))
