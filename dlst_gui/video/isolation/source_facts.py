"""What is known of an opened source besides its pixels, told by a decoder's process and checked on arrival."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlst_gui import limits
from dlst_gui.video.isolation.wire import Message, WireError, text_of, whole_number_of
from dlst_gui.video.video_source import Digests, ShownRange, VideoSource
from tracker_core import Box

_TIME_BYTES, _BOX_BYTES = 8, 32
_LONGEST_CHOICE, _MOST_DIGESTS = 100, 8
_DIGEST = re.compile(r"[0-9a-f]{1,64}")


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """As `VideoSource` says them.

    Attributes:
        timestamps_s: (frame_count,) seconds, strictly increasing.
        shown_range: of pictures with over 8 bits.
        truth_xywh: (frame_count, 4), NaN where there is no box; None where the source has no boxes.
    """

    path: Path
    name: str
    frame_count: int
    width: int
    height: int
    nominal_fps: float
    notice: str | None
    timestamps_s: NDArray[np.float64]
    shown_range: ShownRange | None
    truth_xywh: NDArray[np.float64] | None

    @classmethod
    def of(cls, source: VideoSource) -> SourceFacts:
        """Those of a source."""
        truth = source.ground_truth
        return cls(
            source.path,
            source.name,
            source.frame_count,
            source.width,
            source.height,
            source.nominal_fps,
            source.notice,
            source.timestamps_s(),
            source.shown_range,
            None if truth is None else _as_rows(truth),
        )

    def message(self) -> Message:
        """Everything but the arrays, which are `payload`."""
        return {
            "path": str(self.path),
            "name": self.name,
            "frame_count": self.frame_count,
            "width": self.width,
            "height": self.height,
            "nominal_fps": self.nominal_fps,
            "notice": self.notice,
            "has_truth": self.truth_xywh is not None,
            **_range_fields(self.shown_range),
        }

    def payload(self) -> bytes:
        """Times, and boxes where there are any, in the machine's own byte order."""
        return self.timestamps_s.tobytes() + (b"" if self.truth_xywh is None else self.truth_xywh.tobytes())

    @classmethod
    def received(cls, message: Message, payload: bytes, asked: Path) -> SourceFacts:
        """What `message` and `payload` say of the source at `asked`, each field checked.

        Raises:
            WireError: something in it cannot be.
        """
        count = whole_number_of(message, "frame_count", least=1, most=limits.MOST_FRAMES)
        fps, notice, has_truth = message.get("nominal_fps"), message.get("notice"), message.get("has_truth")
        if not isinstance(fps, float | int) or not math.isfinite(fps) or fps <= 0:
            raise WireError(f"{fps!r:.40} frames per second")
        if not isinstance(notice, str | None) or not isinstance(has_truth, bool):
            raise WireError("neither a notice nor none")
        if len(payload) != count * (_TIME_BYTES + has_truth * _BOX_BYTES):
            raise WireError(f"{len(payload)} bytes for {count} frames")
        width, height = (
            whole_number_of(message, side, least=1, most=limits.MOST_FRAME_PIXELS) for side in ("width", "height")
        )
        if width * height > limits.MOST_FRAME_PIXELS:
            raise WireError(f"frames of {width}x{height}")
        return cls(
            _path_of(message, asked),
            text_of(message, "name"),
            count,
            width,
            height,
            float(fps),
            notice,
            _times(payload, count),
            _range_of(message, count),
            _boxes(payload[count * _TIME_BYTES :]) if has_truth else None,
        )

    def ground_truth(self) -> tuple[Box | None, ...] | None:
        """As `VideoSource.ground_truth`."""
        if self.truth_xywh is None:
            return None
        return tuple(None if math.isnan(x) else Box(x, y, w, h) for x, y, w, h in self.truth_xywh.tolist())


def _range_fields(shown: ShownRange | None) -> Message:
    if shown is None:
        return {"black": None, "white": None, "range_choice": None, "digests": None}
    digests = None if shown.usual_digests is None else json.dumps(shown.usual_digests)
    return {"black": shown.black, "white": shown.white, "range_choice": shown.choice, "digests": digests}


def _range_of(message: Message, frame_count: int) -> ShownRange | None:
    black, white, choice = message.get("black"), message.get("white"), message.get("range_choice")
    if black is None:
        return None
    for value in (black, white):
        if not isinstance(value, float | int) or not math.isfinite(value):
            raise WireError(f"{value!r:.40} as a value that is black or white")
    if not isinstance(choice, str) or len(choice) > _LONGEST_CHOICE:
        raise WireError(f"{choice!r:.40} as the choice of a range")
    digests = message.get("digests")
    known = None if digests is None else _digests(digests, frame_count)
    return ShownRange(float(str(black)), float(str(white)), choice, known)


def _digests(text: object, frame_count: int) -> Digests:
    try:
        pairs: object = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        pairs = None
    if not isinstance(pairs, list) or len(pairs) > _MOST_DIGESTS:
        raise WireError(f"{text!r:.40} as hashes of frames")
    found = []
    for pair in pairs:
        if not isinstance(pair, list) or [type(each) for each in pair] != [int, str]:
            raise WireError(f"{pair!r:.40} as the hash of a frame")
        index, digest = pair
        if not 0 <= index < frame_count or not _DIGEST.fullmatch(digest):
            raise WireError(f"{pair!r:.40} as the hash of a frame")
        found.append((index, digest))
    return tuple(found)


def _as_rows(truth: tuple[Box | None, ...]) -> NDArray[np.float64]:
    absent = (math.nan,) * 4
    rows = [absent if box is None else (box.x, box.y, box.width, box.height) for box in truth]
    return np.array(rows, np.float64).reshape(-1, 4)


def _path_of(message: Message, asked: Path) -> Path:
    """The folder around what was asked for counts as the sequence, where it has boxes."""
    told = text_of(message, "path")
    for path in (asked, asked.parent):
        if told == str(path):
            return path
    raise WireError(f"another path than was asked for: {told!r:.200}")


def _times(payload: bytes, count: int) -> NDArray[np.float64]:
    times = np.frombuffer(payload, np.float64, count)
    if not np.isfinite(times).all() or not (np.diff(times) > 0).all():
        raise WireError("times that do not increase")
    return times


def _boxes(payload: bytes) -> NDArray[np.float64]:
    boxes = np.frombuffer(payload, np.float64).reshape(-1, 4)
    is_absent = np.isnan(boxes).all(axis=1)
    if not (np.isfinite(boxes).all(axis=1) | is_absent).all() or (boxes[:, 2:] <= 0).any():
        raise WireError("boxes that are none")
    return boxes
