"""What a person types to say which frame is meant."""

from __future__ import annotations

import math
import re

_FRAME = re.compile(r"\d+")
_STEP = re.compile(r"[+-]\d+")
_SHARE = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*%")
_SECONDS = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*s")
_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d+(?:\.\d*)?)")
_ROUNDING = 1e-6  # of a frame: a time that is shown for a frame means that frame

HOW_TO_SAY = "A frame counted from 0, a time such as 0:12.5 or 12.5s, a share such as 50%, or a step such as +10"


def typed_frame(text: str, *, here: int, last: int, fps: float) -> int | None:
    """The frame that is meant, within 0 to `last`; None where the text does not say one.

    Args:
        text: "250", "0:12.5", "1:02:03", "12.5s", "50%" or "+10"; a decimal comma counts as a point.
        here: the shown frame, from which steps go.
        last: of the video.
        fps: by which a time becomes the frame that is shown then.
    """
    words = text.strip().lower().replace(",", ".")
    if _FRAME.fullmatch(words):
        frame = int(words)
    elif _STEP.fullmatch(words):
        frame = here + int(words)
    elif share := _SHARE.fullmatch(words):
        frame = round(min(float(share[1]), 100.0) / 100 * last)
    elif seconds := _SECONDS.fullmatch(words):
        frame = _frame_at(float(seconds[1]), fps)
    elif clock := _CLOCK.fullmatch(words):
        hours, minutes = int(clock[1] or 0), int(clock[2])
        frame = _frame_at(3600 * hours + 60 * minutes + float(clock[3]), fps)
    else:
        return None
    return min(max(frame, 0), last)


def _frame_at(seconds: float, fps: float) -> int:
    return math.floor(seconds * fps + _ROUNDING)
