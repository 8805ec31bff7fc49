"""A folder of images as a source of frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageOps

from dlst_gui.video.ground_truth import Boxes
from dlst_gui.video.sequence_folder import read_folder
from dlst_gui.video.video_source import (
    ASSUMED_FPS,
    UNWATCHED,
    FrameSequence,
    OpeningWatch,
    VideoError,
    check_frame_index,
    joined_notice,
)
from tracker_core import Frame

_SIDEWAYS = (5, 6, 7, 8)
"""Orientations that swap width and height. Source: Exif 2.3, tag 0x0112."""

_Size = tuple[int, int]
"""Width and height in pixels, upright."""


class ImageSequence(FrameSequence):
    """A `VideoSource` over the images of a folder. One instance belongs to one thread.

    Images stand upright as their EXIF orientation says; grey and palette images become RGB, 16-bit values keep
    their upper 8 bits, and transparency is dropped. Time is counted at `ASSUMED_FPS`.

    Raises:
        VideoError: no images, none of them readable, or not all of one size.
    """

    def __init__(self, path: Path, watch: OpeningWatch = UNWATCHED) -> None:
        folder = read_folder(path)
        self._path = folder.path
        self._images = folder.images
        self._ground_truth = folder.ground_truth
        self._size, damage = _common_size(folder.path, folder.images)
        self._notice = joined_notice(damage, folder.notice)
        self._is_closed = False

    @property
    def path(self) -> Path:
        return self._path

    @property
    def name(self) -> str:
        return self._path.name

    @property
    def frame_count(self) -> int:
        return len(self._images)

    @property
    def width(self) -> int:
        return self._size[0]

    @property
    def height(self) -> int:
        return self._size[1]

    @property
    def nominal_fps(self) -> float:
        return ASSUMED_FPS

    @property
    def ground_truth(self) -> Boxes | None:
        return self._ground_truth

    @property
    def notice(self) -> str | None:
        return self._notice

    def timestamp_s(self, frame_index: int) -> float:
        """Seconds since the first image at `ASSUMED_FPS`."""
        check_frame_index(self.name, frame_index, self.frame_count)
        return frame_index / ASSUMED_FPS

    def read(self, frame_index: int) -> Frame:
        """Frame `frame_index` as a fresh uint8 RGB array (height, width, 3)."""
        check_frame_index(self.name, frame_index, self.frame_count)
        path = self._images[frame_index]
        if self._is_closed:
            raise VideoError(f"{self._path} is closed; open it again to read {path.name}")
        frame = read_image(path, name=f"{path} (frame {frame_index})")
        if frame.shape[:2] != (self.height, self.width):
            raise VideoError(f"{path} is {frame.shape[1]}x{frame.shape[0]}, expected {self.width}x{self.height}")
        return frame

    def close(self) -> None:
        """Refuse further reading; may be called twice."""
        self._is_closed = True


def read_image(path: Path, *, name: str | None = None) -> Frame:
    """One image as `ImageSequence` gives its frames; an error calls it `name`.

    Raises:
        VideoError: it cannot be read.
    """
    try:
        with Image.open(path) as image:
            return _upright_rgb(image)
    except (OSError, SyntaxError, ValueError) as error:
        raise VideoError(f"{name or path} cannot be read: {error}; copy the image again") from error


def _common_size(folder: Path, images: tuple[Path, ...]) -> tuple[_Size, str | None]:
    """The one size of all images, from their headers, and a notice where some cannot be read."""
    sizes = {path: size for path in images if (size := _size_from_header(path)) is not None}
    if not sizes:
        raise VideoError(f"{folder}: none of its {len(images)} images can be read; copy them again")
    first, size = next(iter(sizes.items()))
    for path, other in sizes.items():
        if other != size:
            raise VideoError(
                f"{path} is {other[0]}x{other[1]}, but {first.name} is {size[0]}x{size[1]};"
                " a sequence needs images of one size"
            )
    unreadable = [path.name for path in images if path not in sizes]
    if not unreadable:
        return size, None
    return size, f"damaged: {len(unreadable)} of {len(images)} images cannot be read, the first is {unreadable[0]}"


def _size_from_header(path: Path) -> _Size | None:
    try:
        with Image.open(path) as image:
            is_sideways = image.getexif().get(ExifTags.Base.Orientation) in _SIDEWAYS
            return (image.height, image.width) if is_sideways else (image.width, image.height)
    except (OSError, SyntaxError, ValueError):
        return None


def _upright_rgb(image: Image.Image) -> Frame:
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I"):
        grey = np.clip(np.asarray(upright, dtype=np.int64) >> 8, 0, 255).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    return np.array(upright.convert("RGB"))
