"""One picture per video for the report: a frame of it, and the worst moments, side by side in one JPEG."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from dlst_gui.video import VideoError, VideoSource
from dlst_gui.video.annotated_video import draw_boxes
from dlst_gui.video.drawn import DrawnBox
from tracker_core import Box, Frame

TILE_WIDTH, TILE_HEIGHT = 192, 144
"""Pixels of each picture in the strip."""
_SURROUNDING = 3.0
"""Ours: a moment is shown with so many times the box's sides around its middle."""
_QUALITY = 80
_SHOWN_AT = 0.1
"""Of the length, as in lists of videos: they often begin black."""
_EMPTY: tuple[int, int, int] = (40, 40, 40)

Moment = tuple[int, tuple[float, float, float, float] | None]
"""A frame, and the box on it: x, y, width, height."""


def picture_strip(source: VideoSource, moments: Iterable[Moment]) -> bytes:
    """A JPEG of tiles in one row: the video as a whole, then each moment. Frames that cannot be read stay grey."""
    tiles = [_tile(source, round(_SHOWN_AT * (source.frame_count - 1)), None)]
    tiles += [_tile(source, frame_index, xywh) for frame_index, xywh in moments]
    strip = cv2.cvtColor(np.hstack(tiles), cv2.COLOR_RGB2BGR)
    is_made, encoded = cv2.imencode(".jpg", strip, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    assert is_made
    return encoded.tobytes()


def _tile(source: VideoSource, frame_index: int, xywh: tuple[float, float, float, float] | None) -> Frame:
    try:
        frame = source.read(frame_index)
    except VideoError:
        return np.full((TILE_HEIGHT, TILE_WIDTH, 3), _EMPTY, np.uint8)
    height, width = frame.shape[:2]
    whole = Box(0, 0, width, height)
    if xywh is None:
        return _fitted(frame, whole, None)
    box = Box(*xywh)
    return _fitted(frame, _view(box, whole), box)


def _view(box: Box, whole: Box) -> Box:
    """What is shown around a box: of the tile's shape, inside the frame as far as that is large enough."""
    scale = max(box.width * _SURROUNDING / TILE_WIDTH, box.height * _SURROUNDING / TILE_HEIGHT)
    width, height = min(scale * TILE_WIDTH, whole.width), min(scale * TILE_HEIGHT, whole.height)
    center_x, center_y = box.center
    x = min(max(center_x - width / 2, 0), whole.width - width)
    y = min(max(center_y - height / 2, 0), whole.height - height)
    return Box(x, y, width, height)


def _fitted(frame: Frame, view: Box, box: Box | None) -> Frame:
    left, top = max(int(view.x), 0), max(int(view.y), 0)
    right, bottom = max(round(view.right), left + 1), max(round(view.bottom), top + 1)
    part = frame[top:bottom, left:right]
    scale = min(TILE_WIDTH / part.shape[1], TILE_HEIGHT / part.shape[0])
    width = max(min(round(part.shape[1] * scale), TILE_WIDTH), 1)
    height = max(min(round(part.shape[0] * scale), TILE_HEIGHT), 1)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = np.asarray(cv2.resize(part, (width, height), interpolation=method), dtype=np.uint8)
    if box is not None:
        drawn = Box((box.x - left) * scale, (box.y - top) * scale, box.width * scale, box.height * scale)
        small = draw_boxes(small, [DrawnBox(drawn)])
    tile = np.full((TILE_HEIGHT, TILE_WIDTH, 3), _EMPTY, np.uint8)
    x, y = (TILE_WIDTH - width) // 2, (TILE_HEIGHT - height) // 2
    tile[y : y + height, x : x + width] = small
    return tile
