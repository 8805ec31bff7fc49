"""Reads single pictures: formats of cameras and editors, up to a size that is looked at before unpacking."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageOps

from dlst_gui.video.media_file import check_regular_file, check_size, too_large
from dlst_gui.video.pixel_range import UPPER_8_OF_16, Extent, PixelRange, extent_of
from dlst_gui.video.video_source import VideoError
from tracker_core import Frame

Size = tuple[int, int]
"""Width and height in pixels, upright."""

_FORMATS = ("JPEG", "PNG", "BMP", "GIF", "PPM", "TIFF", "WEBP", "JPEG2000")
"""Pillow also knows formats that it gives to other programs, such as EPS to Ghostscript."""

_EXIF_BYTES = 65536 + 1024
"""At a PNG's end: as much as Exif can be, and a few small chunks behind it."""

_SIDEWAYS = (5, 6, 7, 8)
"""Orientations that swap width and height. Source: Exif 2.3, tag 0x0112."""


def read_image(path: Path, *, name: str | None = None, shown_as: PixelRange = UPPER_8_OF_16) -> Frame:
    """One picture as `ImageSequence` gives its frames; an error calls it `name`.

    Args:
        path: of the picture.
        name: what an error calls it; the path where it is None.
        shown_as: how values of more than 8 bits are shown.

    Raises:
        VideoError: it cannot be read, or it is larger than a frame may be.
    """
    with _opened(path, name or str(path)) as image:
        return _upright_rgb(image, shown_as)


@dataclass(frozen=True, slots=True)
class StoredValues:
    """What a picture of more than 8 bits holds.

    Attributes:
        extent: of its values; of colours, of which only the upper 8 bits are read, of those. None where no value
            is a number.
        are_whole: they are stored as integers.
        is_colour: they cannot be shown by another range.
    """

    extent: Extent | None
    are_whole: bool
    is_colour: bool


def stored_values(path: Path) -> StoredValues | None:
    """About the values of a picture with more than 8 bits each; None where it has no more.

    Raises:
        VideoError: as `read_image`.
    """
    with _opened(path, str(path)) as image:
        if image.mode.startswith("I") or image.mode == "F":
            return StoredValues(extent_of(np.asarray(image)), image.mode != "F", is_colour=False)
        # What is stored, in Pillow's words: "RGB;16B".
        if image.mode in ("RGB", "RGBA", "LA") and ";16" in str(getattr(image, "tile", "")):
            return StoredValues(extent_of(np.asarray(image.convert("RGB"))), are_whole=True, is_colour=True)
        return None


def picture_size(path: Path) -> Size:
    """From its header alone.

    Raises:
        VideoError: as `read_image`.
    """
    with _opened(path, str(path)) as image:
        # Asked for what a PNG's header lacks, Pillow unpacks the picture, since it may come last.
        is_known = image.format != "PNG" or "exif" in image.info or _ends_with_exif(path)
        is_sideways = is_known and image.getexif().get(ExifTags.Base.Orientation) in _SIDEWAYS
        return (image.height, image.width) if is_sideways else (image.width, image.height)


@contextmanager
def _opened(path: Path, name: str) -> Iterator[Image.Image]:
    # Of sizes below ours Pillow warns on stderr; from twice its own on it refuses.
    warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
    try:
        check_regular_file(path)
        with Image.open(path, formats=_FORMATS) as image:
            check_size(path, image.width, image.height)
            yield image
    except VideoError:
        raise
    except Image.DecompressionBombError as error:
        raise too_large(path, "billions of pixels") from error
    except Exception as error:  # of damaged pictures, Pillow raises errors of any kind
        reason = error.strerror if isinstance(error, OSError) else None
        raise VideoError(f"{name} cannot be read: {reason or error}; copy the image again") from error


def _ends_with_exif(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _EXIF_BYTES))
        return b"eXIf" in file.read()


def _upright_rgb(image: Image.Image, shown_as: PixelRange) -> Frame:
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I") or upright.mode == "F":
        grey = shown_as.shown(np.asarray(upright))
        return np.repeat(grey[:, :, None], 3, axis=2)
    return np.array(upright.convert("RGB"))
