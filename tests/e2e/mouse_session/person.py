"""Somebody at the screen: looks, finds, drags, and takes a picture of each state."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from tests.e2e.mouse_session.album import Album
from tests.e2e.mouse_session.eye import (
    FramePlace,
    NotSeenError,
    find_frame,
    find_lane,
    made_small,
    room_of_frame,
    sees_handles,
    shown_frame,
)
from tests.e2e.mouse_session.virtual_screen import VirtualScreen
from tracker_core import Box, Frame

SEEING_S = 120.0  # a start of the program included, on a machine that is busy elsewhere
SETTLING_S = 0.4  # until what was done is drawn, also on a busy machine
GLANCE_S = 0.2


class Person:
    """Knows the video's frames by heart, and where the frame is on the screen.

    Attributes:
        screen: for keys, and for what needs no place on the frame.
    """

    def __init__(self, screen: VirtualScreen, album: Album, frames: Sequence[Frame], scale: float) -> None:
        """`scale` is the program's: pixels of the screen per point."""
        self.screen = screen
        self._album = album
        self._scale = scale
        self._frames = frames
        self._remembered = [made_small(frame) for frame in frames]
        self._place: FramePlace | None = None

    @property
    def place(self) -> FramePlace:
        if self._place is None:
            raise NotSeenError("the frame was not looked for yet")
        return self._place

    @property
    def precision(self) -> float:
        """Image pixels in two points: as exactly as a mouse can be put, as Qt tells its place in whole points."""
        return 2 * self._scale / self.place.scale

    def photograph(self, title: str) -> None:
        """Keep a picture of the screen once it is still."""
        time.sleep(SETTLING_S)
        self._album.add(title, self.screen.picture())

    def snap(self, title: str) -> None:
        """Keep a picture of the screen as it is right now."""
        self._album.add(title, self.screen.picture())

    def wait_for_window(self) -> None:
        """Until the program has drawn all that it shows at first."""
        before = self.screen.picture()

        def is_still() -> bool:
            nonlocal before
            time.sleep(SETTLING_S)
            now, earlier = self.screen.picture(), before
            before = now
            return bool(now.any()) and np.array_equal(now, earlier)

        self._look_until(is_still, "a window")

    def find_frame(self, index: int) -> None:
        """Look for the frame, which is shown as a whole."""

        def is_seen() -> bool:
            self._place = find_frame(self.screen.picture(), self._frames[index], self._scale)
            return True

        self._look_until(is_seen, f"frame {index}")

    def wait_for_frame(self, index: int) -> None:
        """NotSeenError where another frame stays on the screen."""
        self._look_until(lambda: self.shown_frame() == index, f"frame {index}")

    def look_again(self) -> None:
        """Where any frame is by now, shown as a whole: rows above and below it come and go."""
        height, width = self._frames[0].shape[:2]
        self._place = room_of_frame(self.screen.picture(), width, height, self._scale)

    def shown_frame(self) -> int:
        """The frame on the screen."""
        height, width = self._frames[0].shape[:2]
        return shown_frame(self.place.cut_out(self.screen.picture(), width, height), self._remembered)

    def sees_handles(self, box: Box) -> bool:
        """Whether a tracked box can be grabbed: no run is at work."""
        return sees_handles(self.screen.picture(), self.place, box)

    def go_to(self, index: int) -> None:
        """Type a frame number."""
        self.screen.press("ctrl+j")
        self.screen.write(str(index))
        self.screen.press("Return")
        self.wait_for_frame(index)

    def click_timeline(self, index: int, *, last_found: int) -> None:
        """Go to a frame by the timeline; the selected track was tracked to `last_found` at least."""

        def is_shown_after_click() -> bool:
            # The lane may not have been drawn to its end yet when it was looked at.
            self.screen.click(*find_lane(self.screen.picture(), last_found).on_screen(index))
            time.sleep(SETTLING_S)
            return self.shown_frame() == index

        self._look_until(is_shown_after_click, f"frame {index} after a click on the timeline")

    def zoom_timeline(self, index: int, notches: int, *, last_found: int) -> None:
        """Turn the wheel with Ctrl over a frame of the timeline."""
        place = find_lane(self.screen.picture(), last_found).on_screen(index)
        self.screen.wheel(*place, notches, key="ctrl")

    def zoom(self, x: float, y: float, notches: int) -> None:
        """Turn the wheel over an image position."""
        at_x, at_y = map(round, self.place.on_screen(x, y))
        self.screen.wheel(at_x, at_y, notches)
        self._place = self.place.zoomed(at_x, at_y, notches)

    def show_whole_frame(self, index: int) -> None:
        """Fit the frame into the view again."""
        self.screen.press("ctrl+f")
        time.sleep(SETTLING_S)
        self.find_frame(index)

    def draw(self, box: Box, *, key: str | None = None, title: str | None = None) -> Box:
        """Drag from corner to corner, with a picture of the drag under `title`; the box that must come of it."""
        start, end = self.place.on_screen(box.x, box.y), self.place.on_screen(box.right, box.bottom)
        with self.screen.dragging(start, end, key=key):
            if title is not None:
                self.snap(title)
        (left, top), (right, bottom) = self.place.in_image(*start), self.place.in_image(*end)
        return Box(left, top, right - left, bottom - top)

    def move_box(self, box: Box, dx: float, dy: float, *, title: str) -> Box:
        """Drag a box by its middle; the box that must come of it."""
        x, y = box.center
        moved = box.shifted(dx, dy)
        with self.screen.dragging(self.place.on_screen(x, y), self.place.on_screen(*moved.center)):
            self.snap(title)
        return moved

    def drag_corner(self, box: Box, x: float, y: float) -> Box:
        """Drag the right bottom corner to an image position; the box that must come of it."""
        self.screen.drag(self.place.on_screen(box.right, box.bottom), self.place.on_screen(x, y))
        return Box(box.x, box.y, x - box.x, y - box.y)

    def _look_until(self, is_seen: Callable[[], bool], what: str) -> None:
        end_s = time.monotonic() + SEEING_S
        while True:
            problem = f"expected to see {what} within {SEEING_S:.0f} s"
            try:
                if is_seen():
                    return
            except NotSeenError as error:
                problem = str(error)
            if time.monotonic() > end_s:
                raise NotSeenError(problem)
            time.sleep(GLANCE_S)
