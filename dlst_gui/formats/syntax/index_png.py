"""PNG files whose pixels are numbers: which object a pixel belongs to, or whether it belongs to a mask."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dlst_gui import limits
from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.syntax.input_files import open_regular, size_of

MODES = ("P", "L", "1")
"""Pillow's names of what is read: numbers in a palette, grey, black and white."""

_LARGEST_BYTES_PER_PIXEL = 4
_LEAST_BYTES = 1 << 20


def index_pixels(path: Path, size: tuple[int, int]) -> NDArray[np.uint8]:
    """(height, width) the numbers of a picture's pixels: places in its palette, or levels of grey.

    Args:
        path: a PNG file.
        size: width and height that it must have.

    Raises:
        FormatError: it is none, of another size or of colours without a palette.
    """
    with open_regular(path) as file:
        most = max(size[0] * size[1] * _LARGEST_BYTES_PER_PIXEL, _LEAST_BYTES)
        if size_of(file) > most:
            raise FormatError(path, f"expected a picture of at most {most:,} bytes")
        data = file.read(most)
    return _pixels(path, data, size, "")


def mask_in_png(path: Path, data: bytes, size: tuple[int, int], place: str) -> NDArray[np.bool_]:
    """(height, width) which pixels of a picture within a file are not 0; errors as of `index_pixels`."""
    found: NDArray[np.bool_] = _pixels(path, data, size, place) > 0
    return found


def png_of(pixels: NDArray[np.bool_]) -> bytes:
    """A picture in black and white."""
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, "PNG")
    return target.getvalue()


def png_mode(path: Path) -> str:
    """Pillow's name of what a PNG file holds; "" where it is none. Its pixels are not unpacked."""
    try:
        with open_regular(path) as file, warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(file, formats=("PNG",)) as image:
                return image.mode
    except (*_DAMAGE, FormatError):
        return ""


def is_black_and_white(path: Path) -> bool:
    """Whether a PNG file in grey has no other levels than 0 and 255."""
    try:
        with open_regular(path) as file, warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(file, formats=("PNG",)) as image:
                if image.mode != "L" or image.size[0] * image.size[1] > limits.MOST_FRAME_PIXELS:
                    return False
                colors = image.getcolors(2)
                return colors is not None and {level for _, level in colors} <= {0, 255}
    except (*_DAMAGE, FormatError):
        return False


_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, Image.DecompressionBombError)
"""What Pillow raises for damaged PNG files."""


def _pixels(path: Path, data: bytes, size: tuple[int, int], place: str) -> NDArray[np.uint8]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
                # Looked at before anything is unpacked.
                if image.size != size:
                    said = f"is {image.size[0]}x{image.size[1]} pixels"
                    raise FormatError(path, f"{said}, expected {size[0]}x{size[1]}", place)
                if image.mode not in MODES:
                    problem = f"expected a PNG with a palette or in grey, got the mode {image.mode}"
                    raise FormatError(path, problem, place)
                return np.array(image, dtype=np.uint8)
    except _DAMAGE as error:
        raise FormatError(path, f"is no PNG that can be read ({error})", place) from error
