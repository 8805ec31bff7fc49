"""What a frame shows around a target, small, so that evidence can be looked at without the video."""

from __future__ import annotations

import io
import math
import struct
import warnings

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dlst_gui.evidence.trace_facts import TraceError
from tracker_core import AnyFrame, Box, FrameInParts, TrackResult
from tracker_core.evidence import KeptPicture

LARGEST_SIDE = 256
"""Pixels of a picture's longer side: more than any tracker of this program looks at of a region."""

_QUALITY = 80  # of JPEG
_SEARCH_FACTOR = 4  # around a manual box, in mean sides of it: as trackers search


def picture_around(frame: AnyFrame, result: TrackResult) -> KeptPicture | None:
    """The region that the tracker searched, or around a manual box; None where no part of it is in the frame."""
    seen = result.diagnostics
    area = None if seen is None else seen.search_region
    if area is None:
        side = _SEARCH_FACTOR * math.sqrt(max(1.0, result.box.area))
        area = result.box.resized(side, side)
    return picture_of(frame, area)


def picture_of(frame: AnyFrame, area: Box) -> KeptPicture | None:
    """A part of a frame, in whole pixels, shrunk to `LARGEST_SIDE`; None where none of it is in the frame."""
    height, width = frame.shape[:2]
    left, top = max(0, math.floor(area.x)), max(0, math.floor(area.y))
    right, bottom = min(width, math.ceil(area.right)), min(height, math.ceil(area.bottom))
    if left >= right or top >= bottom:
        return None
    pixels = frame.covering(left, top, right, bottom) if isinstance(frame, FrameInParts) else frame
    part = np.ascontiguousarray(pixels[top:bottom, left:right, :3])
    scale = LARGEST_SIDE / max(part.shape[:2])
    if scale < 1:
        size = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
        part = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    _, jpeg = cv2.imencode(".jpg", part[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return KeptPicture(jpeg.tobytes(), Box(left, top, right - left, bottom - top))


def pixels_of(picture: KeptPicture) -> NDArray[np.uint8]:
    """(height, width, 3) RGB, at most `LARGEST_SIDE`; raises TraceError where it is no such picture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the size is looked at below
            image = Image.open(io.BytesIO(picture.jpeg), formats=("JPEG",))
        with image:
            if max(image.size) > LARGEST_SIDE:
                raise TraceError("a picture", f"{image.size} pixels are more than any has")
            return np.asarray(image.convert("RGB"))
    except (OSError, SyntaxError, ValueError, struct.error, Image.DecompressionBombError) as error:
        raise TraceError("a picture", f"it is damaged ({error})") from error
