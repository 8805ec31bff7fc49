"""Reads single pictures: formats of cameras and editors, up to a size that is looked at before unpacking."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageOps

from dlst_gui.video.media_file import check_regular_file, check_size, too_large
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


def read_image(path: Path, *, name: str | None = None) -> Frame:
    """One picture as `ImageSequence` gives its frames; an error calls it `name`.

    Raises:
        VideoError: it cannot be read, or it is larger than a frame may be.
    """
    with _opened(path, name or str(path)) as image:
        return _upright_rgb(image)


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


def _upright_rgb(image: Image.Image) -> Frame:
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I"):
        grey = np.clip(np.asarray(upright, dtype=np.int64) >> 8, 0, 255).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    return np.array(upright.convert("RGB"))
