"""Colours of 16 bits, of which Pillow keeps the upper 8: all of them, by FFmpeg's decoders of single pictures."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
from av.codec import CodecContext
from numpy.typing import NDArray
from PIL import Image

_CODECS = {"PNG": "png", "TIFF": "tiff"}
_BYTES_PER_PIXEL = 8
"""Of four values of 16 bits; a file takes hardly more."""

_HEADROOM_BYTES = 2**24


def holds_deep_colours(image: Image.Image) -> bool:
    """Whether its colours, or its grey with transparency, have 16 bits."""
    # What is stored, in Pillow's words: "RGB;16B".
    return image.mode in ("RGB", "RGBA", "LA") and ";16" in str(getattr(image, "tile", ""))


def deep_colours(path: Path, image: Image.Image) -> NDArray[np.uint16] | None:
    """(height, width, 3) RGB as stored, not yet turned upright; None where FFmpeg does not read them.

    Args:
        path: of a picture that was recognised and is not larger than a frame may be.
        image: the same, opened; nothing of it is decoded.
    """
    codec = _CODECS.get(image.format or "")
    largest = image.width * image.height * _BYTES_PER_PIXEL + _HEADROOM_BYTES
    if codec is None or path.stat().st_size > largest:
        return None
    decoder = CodecContext.create(codec, "r")
    decoder.thread_count = 1
    try:
        frames = [*decoder.decode(av.Packet(path.read_bytes())), *decoder.decode(None)]  # type: ignore[attr-defined]
        if not frames or (frames[0].width, frames[0].height) != image.size:
            return None
        frame = frames[0]
        wide = frame if frame.format.name.startswith("rgb48") else frame.reformat(format="rgb48le")
        values: NDArray[np.uint16] = wide.to_ndarray(format="rgb48le")
    except (av.FFmpegError, ValueError):
        return None
    return values
