"""A folder of images as a source of frames."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlst_gui.video.ground_truth import Boxes
from dlst_gui.video.picture_file import (
    RangeShown,
    Size,
    page_count,
    picture_size,
    range_shown,
    read_image,
    stored_values,
)
from dlst_gui.video.pixel_range import AUTO, PixelRange, RangeChoice, measured_places
from dlst_gui.video.range_facts import shown_range
from dlst_gui.video.sequence_folder import SequenceFolder, read_folder
from dlst_gui.video.video_source import (
    UNWATCHED,
    FrameSequence,
    OpeningWatch,
    ShownRange,
    VideoError,
    check_frame_index,
    joined_notice,
)
from tracker_core import Frame

_MOST_LOOKED_AT = 200
"""Images whose sizes are compared on opening, evenly spread; the others' when they are read."""


class ImageSequence(FrameSequence):
    """A `VideoSource` over the images of a folder. One instance belongs to one thread.

    Images stand upright as their EXIF orientation says; grey and palette images become RGB, grey values of
    more than 8 bits are shown by one rule for the whole folder (`pixel_range`), and transparency is dropped. Time
    is counted at `ASSUMED_FPS`, or at the rate that the folder says.

    Raises:
        VideoError: no images, none of them readable, or not all of one size. With many images, sizes of some are
            compared at once, and of the others when they are read.
    """

    def __init__(self, path: Path, watch: OpeningWatch = UNWATCHED, choice: RangeChoice = AUTO) -> None:
        folder = read_folder(path)
        self._path = folder.path
        self._image_folder = folder.image_folder
        self._names = folder.names
        self._fps = folder.fps
        self._ground_truth = folder.ground_truth
        self._size, damage = _common_size(folder, watch)
        self._is_closed = False
        shown, pages_notice = _range_shown(folder, choice)
        self._shown_as = shown.values
        usual = shown if choice == AUTO else _range_shown(folder, AUTO)[0]
        self._shown_range = shown_range(shown, choice, usual, self.frame_count, self._read_as)
        self._notice = joined_notice(damage, shown.notice, pages_notice, folder.notice)

    @property
    def path(self) -> Path:
        return self._path

    @property
    def name(self) -> str:
        return self._path.name

    @property
    def frame_count(self) -> int:
        return len(self._names)

    @property
    def only_image(self) -> Path | None:
        """The image, where there is no second one."""
        return self._image_folder / self._names[0] if len(self._names) == 1 else None

    @property
    def width(self) -> int:
        return self._size[0]

    @property
    def height(self) -> int:
        return self._size[1]

    @property
    def nominal_fps(self) -> float:
        return self._fps

    @property
    def ground_truth(self) -> Boxes | None:
        return self._ground_truth

    @property
    def notice(self) -> str | None:
        return self._notice

    @property
    def shown_range(self) -> ShownRange | None:
        return self._shown_range

    def timestamp_s(self, frame_index: int) -> float:
        """Seconds since the first image at `nominal_fps`."""
        check_frame_index(self.name, frame_index, self.frame_count)
        return frame_index / self._fps

    def timestamps_s(self) -> NDArray[np.float64]:
        """(frame_count,) what `timestamp_s` says of each frame."""
        return np.arange(self.frame_count) / self._fps

    def read(self, frame_index: int) -> Frame:
        """Frame `frame_index` as a fresh uint8 RGB array (height, width, 3)."""
        return self._read_as(frame_index, self._shown_as)

    def _read_as(self, frame_index: int, shown_as: PixelRange) -> Frame:
        check_frame_index(self.name, frame_index, self.frame_count)
        path = self._image_folder / self._names[frame_index]
        if self._is_closed:
            raise VideoError(f"{self._path} is closed; open it again to read {path.name}")
        frame = read_image(path, name=f"{path} (frame {frame_index})", shown_as=shown_as)
        if frame.shape[:2] != (self.height, self.width):
            found = (frame.shape[1], frame.shape[0])
            advice = _one_size({path: found, self._image_folder: self._size})
            raise VideoError(f"{path} is {found[0]}x{found[1]}, expected {self.width}x{self.height}; {advice}")
        return frame

    def close(self) -> None:
        """Refuse further reading; may be called twice."""
        self._is_closed = True


def _common_size(folder: SequenceFolder, watch: OpeningWatch) -> tuple[Size, str | None]:
    """The one size of the images looked at, from their headers, and a notice where some cannot be read."""
    names = folder.names
    step = max(1, math.ceil(len(names) / _MOST_LOOKED_AT))
    looked_at = [folder.image_folder / name for name in dict.fromkeys((*names[::step], names[-1]))]
    sizes: dict[Path, Size] = {}
    error: VideoError | None = None
    for number, path in enumerate(looked_at):
        watch.tell(number / len(looked_at))
        try:
            sizes[path] = picture_size(path)
        except VideoError as caught:
            error = error or caught
    if not sizes:
        raise VideoError(
            f"{folder.path}: none of its {len(names)} images can be read; the first: {error}"
        ) from error
    first, size = next(iter(sizes.items()))
    for path, other in sizes.items():
        if other != size:
            raise VideoError(
                f"{path} is {other[0]}x{other[1]}, but {first.name} is {size[0]}x{size[1]}; {_one_size(sizes)}"
            )
    unreadable = [path.name for path in looked_at if path not in sizes]
    if not unreadable:
        return size, None
    total = f"{len(names)} images" if len(looked_at) == len(names) else f"{len(looked_at)} images looked at"
    return size, f"damaged: {len(unreadable)} of {total} cannot be read, the first is {unreadable[0]}"


def _one_size(sizes: Mapping[Path, Size]) -> str:
    """What to do about images of several sizes."""
    width, height = (max(size[side] for size in sizes.values()) for side in (0, 1))
    return (
        "a sequence needs images of one size: put those of each size into a folder of their own, or make all the "
        "same size without scaling, which leaves boxes where they are: "
        f"magick mogrify -path OTHER_FOLDER -background black -extent {width}x{height} *{next(iter(sizes)).suffix}"
    )


def _range_shown(folder: SequenceFolder, choice: RangeChoice) -> tuple[RangeShown, str | None]:
    """How values of more than 8 bits are shown, and what to tell of pages that are not."""
    measured, has_pages = [], False
    for index in measured_places(len(folder.names)):
        with suppress(VideoError):  # told when it is read
            path = folder.image_folder / folder.names[index]
            measured.append(stored_values(path, choice))
            has_pages |= len(folder.names) > 1 and page_count(path) > 1
    pages = "stacks of pages: of some images the first page alone is shown, open such a file by itself"
    return range_shown(measured, choice), pages if has_pages else None
