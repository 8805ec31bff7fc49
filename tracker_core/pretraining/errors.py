"""What can be wrong with a request to train."""

from __future__ import annotations


class PretrainingError(Exception):
    """Training that cannot begin or go on; the message says what was expected, what was found and what to do."""


class TrainingStopped(Exception):  # noqa: N818 - nothing went wrong
    """The user stopped a training while it was being prepared; what it had before is as it was."""
