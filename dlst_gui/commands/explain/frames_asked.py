"""Which frames and which object are meant."""

from __future__ import annotations

from collections.abc import Mapping

from dlst_gui.commands.running.errors import CommandError
from dlst_gui.video.typed_frame import HOW_TO_SAY, typed_frame


def asked_frames(text: str | None, *, frame_count: int, fps: float) -> range:
    """The frames that "30", "0:12.5", "50%" or "30..40" means.

    Raises:
        CommandError: it means none, or one that the video has not.
    """
    if text is None:
        raise CommandError("say which frame: --frame N (--list shows those whose evidence was kept)")
    first, between, last = text.partition("..")
    start = _asked_frame(first, frame_count, fps)
    end = _asked_frame(last, frame_count, fps) if between else start
    if end < start:
        raise CommandError(f"--frame {text}: the last frame lies before the first")
    return range(start, end + 1)


def asked_object(text: str | None, labels: Mapping[int, str]) -> int:
    """The number of the object that a name or number means.

    Args:
        text: what was typed; None is enough where there is one object.
        labels: of all objects by number; "" where a name is not known.

    Raises:
        CommandError: it means none or several; the message lists what there is.
    """
    there_are = ", ".join(
        f"object {number} ({label})" if label else f"object {number}" for number, label in labels.items()
    )
    if not labels:
        raise CommandError("there are no objects")
    if text is None:
        if len(labels) > 1:
            raise CommandError(f"say which with --object N: {there_are}")
        return next(iter(labels))
    if text.isdecimal() and int(text) in labels:
        return int(text)
    named = [number for number, label in labels.items() if label.casefold() == text.casefold()]
    if len(named) == 1:
        return named[0]
    if named:
        raise CommandError(f"{len(named)} objects are called {text!r}; give the number: {there_are}")
    raise CommandError(f"there is no object {text!r}, but {there_are}")


def _asked_frame(text: str, frame_count: int, fps: float) -> int:
    frame = typed_frame(text, here=0, last=frame_count - 1, fps=fps)
    if frame is None or text.strip().startswith(("+", "-")):
        raise CommandError(f"--frame {text!r}: expected one of: {_HOW_TO_SAY}; or two with .. between")
    if text.strip().isdecimal() and int(text) != frame:
        raise CommandError(f"there is no frame {text}: the video has {frame_count}, counted from 0")
    return frame


_HOW_TO_SAY = HOW_TO_SAY.rpartition(", or a step")[0].lower()
