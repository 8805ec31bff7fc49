"""Finds things on a picture of the screen, as somebody does who looks at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from dlst_gui.overlays.palette import HUMAN
from dlst_gui.views.frame.frame_view import MARGIN
from dlst_gui.views.style.theme import THEME
from dlst_gui.views.timeline.looks import HUMAN_COLOR, TRACKED_COLOR
from tests.e2e.mouse_session.virtual_screen import Picture
from tracker_core import Box, Frame

SmallFrame = NDArray[np.float32]  # (height, width, 3), 0 to 255

WHEEL_ZOOM = 1.02**15  # of pyqtgraph's ViewBox, for one notch
MOST_OF_BAND = 0.9  # of the tracked pixels of its longest row
MOST_UNLIKE = 25.0  # mean difference of pixels, 0 to 255: what is drawn over a frame changes some of them
MOST_OF_A_PIXEL = 30.0  # what a pixel counts at most, 0 to 255: boxes are drawn over some
LIKENESS_WIDTH = 160  # pixels to which pictures are made smaller to compare them


class NotSeenError(Exception):
    """Something is not on the screen, or not where it should be."""


@dataclass(frozen=True, slots=True)
class FramePlace:
    """Where the video's frame is: its left top corner and how many screen pixels one of its pixels has."""

    left: float
    top: float
    scale: float

    def on_screen(self, x: float, y: float) -> tuple[float, float]:
        """Screen position of an image position."""
        return self.left + self.scale * x, self.top + self.scale * y

    def in_image(self, x: float, y: float) -> tuple[float, float]:
        """Image position of a screen position, to the pixel at which the hand puts the mouse."""
        return (round(x) - self.left) / self.scale, (round(y) - self.top) / self.scale

    def zoomed(self, x: float, y: float, notches: int) -> FramePlace:
        """After turning the wheel over a screen position, which stays."""
        factor = WHEEL_ZOOM**notches
        return FramePlace(x + factor * (self.left - x), y + factor * (self.top - y), factor * self.scale)

    def cut_out(self, picture: Picture, width: int, height: int) -> Picture:
        """The frame as it is on the screen, in its own size."""
        to_image = np.array([[self.scale, 0, self.left], [0, self.scale, self.top]])
        how = cv2.INTER_AREA | cv2.WARP_INVERSE_MAP
        return np.asarray(cv2.warpAffine(picture, to_image, (width, height), flags=how), np.uint8)


@dataclass(frozen=True, slots=True)
class LanePlace:
    """Where the selected track's lane is: its height, where frame 0 begins, and the width of a frame."""

    y: float
    left: float
    frame_width: float

    def on_screen(self, frame_index: int) -> tuple[float, float]:
        """The middle of a frame."""
        return self.left + (frame_index + 0.5) * self.frame_width, self.y


def room_of_frame(picture: Picture, width: int, height: int, ratio: float) -> FramePlace:
    """Where a frame of this size is if one is shown as a whole, on a screen of `ratio` pixels per point."""
    left, top, room_width, room_height = _largest_area(_is_color(picture, THEME.canvas))
    margins = 2 * MARGIN * ratio
    scale = min((room_width - margins) / width, (room_height - margins) / height)
    return FramePlace(
        left + (room_width - scale * width) / 2,
        top + (room_height - scale * height) / 2,
        scale,
    )


def find_frame(picture: Picture, frame: Frame, ratio: float) -> FramePlace:
    """The place of a frame that is shown as a whole, on a screen of `ratio` pixels per point."""
    height, width = frame.shape[:2]
    place = room_of_frame(picture, width, height, ratio)
    unlike = _unlikeness(place.cut_out(picture, width, height), frame)
    if unlike > MOST_UNLIKE:
        raise NotSeenError(
            f"the frame is not seen at {place}: its pixels differ by {unlike:.0f} of 255 on average"
        )
    return place


def shown_frame(seen: Frame, remembered: Sequence[SmallFrame]) -> int:
    """Which of the remembered frames was cut out of a picture."""
    small = made_small(seen)
    return int(np.argmin([np.minimum(np.abs(small - each), MOST_OF_A_PIXEL).mean() for each in remembered]))


def made_small(frame: Frame) -> SmallFrame:
    """As much of a frame as one remembers."""
    size = (LIKENESS_WIDTH, max(1, LIKENESS_WIDTH * frame.shape[0] // frame.shape[1]))
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.float32)


def find_lane(picture: Picture, last_found: int) -> LanePlace:
    """The lane of a track that has a manual box on frame 0 and was tracked from there at least to `last_found`."""
    human = _is_color(picture, HUMAN_COLOR)
    tracked = _is_color(picture, TRACKED_COLOR)
    tracked_per_row = np.where(human.any(axis=1), tracked.sum(axis=1), 0)
    if tracked_per_row.max() == 0:
        raise NotSeenError("no lane with a manual box and tracked frames is seen on the timeline")
    # A mark in the middle of the band hides a narrow frame with a manual box, but not above and below it.
    band = np.flatnonzero(tracked_per_row > MOST_OF_BAND * tracked_per_row.max())
    left, right = np.flatnonzero(human[band].any(axis=0))[0], np.flatnonzero(tracked[band].any(axis=0))[-1] + 1
    return LanePlace(float(np.median(band)), float(left), float(right - left) / (last_found + 1))


def sees_handles(picture: Picture, place: FramePlace, box: Box) -> bool:
    """Whether a tracked box can be grabbed by its corners."""
    color = _is_color(picture, HUMAN.color)
    corners = [place.on_screen(x, y) for x in (box.x, box.right) for y in (box.y, box.bottom)]
    reach = 2
    around = [(max(round(x) - reach, 0), max(round(y) - reach, 0)) for x, y in corners]
    return all(color[top : top + 2 * reach + 1, left : left + 2 * reach + 1].any() for left, top in around)


def likeness_of_boxes(one: Box, other: Box) -> float:
    """The largest distance of two sides, in pixels."""
    return float(np.abs(_sides(one) - _sides(other)).max())


def _sides(box: Box) -> NDArray[np.float64]:
    return np.array([box.x, box.y, box.right, box.bottom])


def _is_color(picture: Picture, color: str) -> NDArray[np.bool_]:
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return np.asarray((picture == (red, green, blue)).all(axis=2))


def _largest_area(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Left, top, width and height of the connected area that reaches farthest."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    areas = [row[:4] for row in stats[1:]]
    if not areas:
        raise NotSeenError("the ground of the video is not seen")
    left, top, width, height = max(areas, key=lambda row: row[2] * row[3])
    return int(left), int(top), int(width), int(height)


def _unlikeness(one: Frame, other: Frame) -> float:
    return float(np.abs(made_small(one) - made_small(other)).mean())
