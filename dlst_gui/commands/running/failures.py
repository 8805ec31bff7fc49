"""A part of the work that failed, told in one line, while the rest goes on."""

from __future__ import annotations

from dlst_gui.commands.running.errors import CommandError
from dlst_gui.video import VideoError
from tracker_core import TrackerInputError, WeightsError
from tracker_core.evaluation.errors import EvaluationError

PARTLY = 3
"""Exit status where a part failed: a script that goes on only after 0 does not take the rest for all."""

EXPECTED = (CommandError, EvaluationError, TrackerInputError, VideoError, WeightsError)
"""Whose messages are written for users."""


def reason(error: Exception) -> str:
    """What went wrong, in one line; an error that nobody expected is told with its type."""
    message = " ".join(str(error).split())
    # OpenCV's `cv2.error` says so by itself.
    is_clear = isinstance(error, EXPECTED) or message.startswith("OpenCV")
    return message if is_clear else f"{type(error).__name__}: {message}"
