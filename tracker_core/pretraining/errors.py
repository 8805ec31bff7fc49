"""What can be wrong with a request to train."""

from __future__ import annotations


class PretrainingError(Exception):
    """Training that cannot begin or go on; the message says what was expected, what was found and what to do."""
