"""Reads single pictures: formats of cameras and editors, up to a size that is looked at before unpacking."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps

from dlst_gui import limits
from dlst_gui.video.deep_colours import deep_colours, holds_deep_colours
from dlst_gui.video.media_file import check_regular_file, check_size, too_large
from dlst_gui.video.pixel_range import (
    AUTO,
    UPPER_8_OF_16,
    Extent,
    PixelRange,
    RangeChoice,
    chosen_range_of,
    extent_of,
)
from dlst_gui.video.video_source import VideoError, joined_notice
from tracker_core import Frame

Size = tuple[int, int]
"""Width and height in pixels, upright."""

_FORMATS = ("JPEG", "PNG", "BMP", "GIF", "PPM", "TIFF", "WEBP", "JPEG2000")
"""Pillow also knows formats that it gives to other programs, such as EPS to Ghostscript."""

_PAGED_FORMATS = ("TIFF", "WEBP")
"""Of several pages FFmpeg shows the first, or none. Moving PNG and GIF it plays."""

_DARK = 64
"""Upper 8 bits that stay below: 14 of 16 bits or fewer are used."""

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
        return _upright_rgb(image, shown_as, _DeepColours.of(image, path))


@dataclass(frozen=True, slots=True)
class StoredValues:
    """What a picture of more than 8 bits holds.

    Attributes:
        extent: of its values; of colours of which only the upper 8 bits can be read, of those. None where no value
            is a number.
        are_whole: they are stored as integers.
        bits: of the type of the values.
        is_fixed: they cannot be shown by another range.
    """

    extent: Extent | None
    are_whole: bool
    bits: int
    is_fixed: bool = False


def stored_values(path: Path, choice: RangeChoice = AUTO) -> StoredValues | None:
    """About the values of a picture with more than 8 bits each; None where it has no more.

    Raises:
        VideoError: as `read_image`.
    """
    with _opened(path, str(path)) as image:
        return _stored_values(image, choice, _DeepColours.of(image, path))


@dataclass(frozen=True, slots=True)
class RangeShown:
    """How a sequence is shown.

    Attributes:
        values: the rule.
        can_be_chosen: whether there are values that another one would show otherwise.
        notice: what to say of it.
    """

    values: PixelRange
    can_be_chosen: bool
    notice: str | None


def range_shown(pictures: Sequence[StoredValues | None], choice: RangeChoice = AUTO) -> RangeShown:
    """How a sequence is shown of which these pictures tell."""
    stored = [each for each in pictures if each is not None and each.extent is not None]
    free = [each for each in stored if not each.is_fixed]
    fixed = [each.extent.most for each in stored if each.extent and each.is_fixed]
    values = chosen_range_of(
        choice,
        [each.extent for each in free if each.extent],
        are_whole=all(each.are_whole for each in free),
        bits=max((each.bits for each in free), default=16),
    )
    dark = (
        "dark: colours of 16 bits are shown by their upper 8, and these use the lower ones; convert the images to"
        " 8 bits to see more"
    )
    notice = joined_notice(values.notice, dark if fixed and max(fixed) < _DARK else None)
    return RangeShown(values, bool(free), notice)


def page_count(path: Path) -> int:
    """How many pages a picture has that could be frames.

    Raises:
        VideoError: as `read_image`.
    """
    with _opened(path, str(path)) as image:
        return getattr(image, "n_frames", 1) if image.format in _PAGED_FORMATS else 1


def _counted_pages(image: Image.Image) -> tuple[int, bool]:
    """How many pages can be found, and whether the way to the next one is broken."""
    if image.format != "TIFF":
        return getattr(image, "n_frames", 1), False
    count = 1
    try:
        while count <= limits.MOST_FRAMES:
            image.seek(count)
            count += 1
    except EOFError:
        return count, False
    except Exception:  # of damaged pictures, Pillow raises errors of any kind
        return count, True
    return count, False


def _is_deep(image: Image.Image) -> bool:
    """Whether its grey values have more than 8 bits."""
    return image.mode.startswith("I") or image.mode == "F"


@dataclass(frozen=True, slots=True)
class _DeepColours:
    """Of a picture whose colours have 16 bits; to be asked for before Pillow decodes it and forgets that.

    Attributes:
        file: that has no other page; None: the upper 8 bits have to do.
    """

    file: Path | None

    @classmethod
    def of(cls, image: Image.Image, file: Path | None) -> _DeepColours | None:
        """None where its colours have 8 bits, or it has none."""
        return cls(file) if holds_deep_colours(image) else None

    def values(self, image: Image.Image) -> NDArray[np.uint16] | None:
        """See `deep_colours`."""
        return None if self.file is None else deep_colours(self.file, image)


def _stored_values(image: Image.Image, choice: RangeChoice, colours: _DeepColours | None) -> StoredValues | None:
    """See `stored_values`; `colours` where it has some of 16 bits."""
    if _is_deep(image):
        bits = 16 if image.mode.startswith("I;16") else 32
        return StoredValues(extent_of(np.asarray(image), choice.percentiles), image.mode != "F", bits)
    if colours is None:
        return None
    values = colours.values(image)
    if values is not None:
        return StoredValues(extent_of(values, choice.percentiles), True, 16)
    return StoredValues(extent_of(np.asarray(image.convert("RGB"))), True, 16, is_fixed=True)


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


class PicturePages:
    """The pages of one picture, numbered from 0, kept open. One instance belongs to one thread.

    Attributes:
        path: of the picture.
        count: how many pages there are.
        is_cut: more are promised where the file has ended.

    Raises:
        VideoError: as `read_image`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with _errors_named(path, str(path)):
            check_regular_file(path)
            self._image = Image.open(path, formats=_FORMATS)
        try:
            with _errors_named(path, str(path)):
                check_size(path, self._image.width, self._image.height)
                self.count, self.is_cut = _counted_pages(self._image)
                if self.is_cut:  # what failed leaves Pillow between two pages
                    self._image.close()
                    self._image = Image.open(path, formats=_FORMATS)
            self._colours = _DeepColours.of(self._image, path if self.count == 1 else None)
            if self.count > limits.MOST_FRAMES:
                raise VideoError(f"{path} has over {limits.MOST_FRAMES:,} pages; cut it into parts")
        except BaseException:
            self.close()
            raise

    @property
    def are_frames(self) -> bool:
        """Whether this is a stack or an animation, or a picture that FFmpeg shows darker or not at all."""
        if self.count > 1 or self.is_cut:
            return self._image.format in _PAGED_FORMATS
        is_deep = _is_deep(self._image) or self._colours is not None
        return is_deep or self._image.format in ("PPM", "JPEG2000")

    def alike(self, on_progress: Callable[[float], None]) -> list[int]:
        """Numbers of the pages that have the first one's size; told how far it is, as a share of 1."""
        if self._image.format == "WEBP":  # one canvas
            return list(range(self.count))
        numbers = []
        with _errors_named(self.path, str(self.path)):
            self._image.seek(0)
            size = self._image.size
            for number in range(self.count):
                self._image.seek(number)
                if self._image.size == size:
                    numbers.append(number)
                on_progress(number / self.count)
        return numbers

    def durations_ms(self, on_progress: Callable[[float], None]) -> NDArray[np.int64] | None:
        """(count,) how long each page is shown, found by decoding all; None where the file does not say."""
        if self._image.format != "WEBP":
            return None
        durations_ms = []
        with _errors_named(self.path, str(self.path)):
            for number in range(self.count):
                self._image.seek(number)
                self._image.load()
                durations_ms.append(int(self._image.info.get("duration", 0)))
                on_progress(number / self.count)
        return np.array(durations_ms, np.int64)

    def stored_values(self, number: int, choice: RangeChoice = AUTO) -> StoredValues | None:
        """As the function, of one page."""
        with _errors_named(self.path, f"{self.path} (page {number + 1})"):
            self._image.seek(number)
            return _stored_values(self._image, choice, self._colours)

    def read(self, number: int, name: str, shown_as: PixelRange) -> Frame:
        """One page as `read_image` reads a picture."""
        with _errors_named(self.path, name):
            self._image.seek(number)
            check_size(self.path, self._image.width, self._image.height)
            return _upright_rgb(self._image, shown_as, self._colours)

    def close(self) -> None:
        """Let go of the file; may be called twice."""
        self._image.close()


@contextmanager
def _opened(path: Path, name: str) -> Iterator[Image.Image]:
    with _errors_named(path, name):
        check_regular_file(path)
        with Image.open(path, formats=_FORMATS) as image:
            check_size(path, image.width, image.height)
            yield image


@contextmanager
def _errors_named(path: Path, name: str) -> Iterator[None]:
    # Of sizes below ours Pillow warns on stderr; from twice its own on it refuses.
    warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
    try:
        yield
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


def _upright_of(pixels: Frame, image: Image.Image) -> Frame:
    """The pixels of an image, turned as its EXIF orientation says."""
    turned = Image.fromarray(pixels)
    orientation = image.getexif().get(ExifTags.Base.Orientation)
    if orientation is not None:
        turned.getexif()[ExifTags.Base.Orientation] = orientation
    return np.array(ImageOps.exif_transpose(turned))


def _upright_rgb(image: Image.Image, shown_as: PixelRange, colours: _DeepColours | None) -> Frame:
    """See `read_image`; `colours` where it has some of 16 bits."""
    if shown_as != UPPER_8_OF_16 and colours is not None:
        values = colours.values(image)
        if values is not None:
            return _upright_of(shown_as.shown(values), image)
    upright = ImageOps.exif_transpose(image)
    if _is_deep(upright):
        grey = shown_as.shown(np.asarray(upright))
        return np.repeat(grey[:, :, None], 3, axis=2)
    return np.array(upright.convert("RGB"))
