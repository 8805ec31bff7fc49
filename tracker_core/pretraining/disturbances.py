"""What happens to pictures in real videos: light, blur, noise, low resolution, things in front."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker_core.box import Box
from tracker_core.tracker import Frame

_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601


@dataclass(frozen=True, slots=True)
class Strength:
    """How much of each; chances are 0..1.

    Attributes:
        light: largest relative change of brightness and contrast.
        tint: the same of single channels.
        blur, motion, noise, coarse, shade, occluder: chances of each.
    """

    light: float
    tint: float
    blur: float
    motion: float
    noise: float
    coarse: float
    shade: float
    occluder: float


WEAK = Strength(light=0.1, tint=0.02, blur=0.1, motion=0.05, noise=0.15, coarse=0.1, shade=0.05, occluder=0.05)
STRONG = Strength(light=0.25, tint=0.05, blur=0.15, motion=0.25, noise=0.3, coarse=0.15, shade=0.25, occluder=0.25)


class Disturber:
    """Disturbs frames; its noise is drawn once and read at random places."""

    def __init__(self, seed: int, *, longest_side: int) -> None:
        self._side = longest_side + 128
        self._noise = np.random.default_rng(seed).standard_normal((self._side, self._side, 3), dtype=np.float32)

    def disturbed(
        self, rng: np.random.Generator, frame: Frame, box: Box, strength: Strength, other: Frame
    ) -> Frame:
        """A frame that looks different; `box` says where its object is, what covers it comes from `other`."""
        if rng.random() < strength.occluder:
            frame = _occluded(rng, frame, box, other)
        if rng.random() < strength.coarse:
            frame = _coarse(rng, frame)
        frame = _relit(rng, frame, strength)
        if rng.random() < strength.shade:
            frame = _shaded(rng, frame)
        if rng.random() < strength.blur:
            frame = _uint8(cv2.GaussianBlur(frame, (0, 0), rng.uniform(0.5, 2.0)))
        if rng.random() < strength.motion:
            frame = _motion_blurred(rng, frame, box)
        if rng.random() < strength.noise:
            frame = self._noisy(rng, frame)
        return frame

    def _noisy(self, rng: np.random.Generator, frame: Frame) -> Frame:
        height, width = frame.shape[:2]
        y, x = (rng.integers(0, self._side - side + 1) for side in (height, width))
        return _uint8(frame + self._noise[y : y + height, x : x + width] * np.float32(rng.uniform(2, 12)))


def grey(frame: Frame) -> Frame:
    """Without colours, still of three channels."""
    return np.repeat(_luma(frame)[:, :, None], 3, axis=2)


def _luma(frame: Frame) -> NDArray[np.uint8]:
    return np.asarray(cv2.transform(frame, np.array([_LUMA], np.float32)), dtype=np.uint8)


def _uint8(values: NDArray[np.generic]) -> Frame:
    return np.asarray(np.clip(values, 0, 255), dtype=np.uint8)


def _relit(rng: np.random.Generator, frame: Frame, strength: Strength) -> Frame:
    """Other brightness, contrast, gamma, tint and saturation, by one table per channel."""
    gains = (1 + rng.uniform(-1, 1) * strength.light) * (1 + rng.uniform(-1, 1, 3) * strength.tint)
    gamma = np.exp(rng.uniform(-1, 1) * strength.light)
    offset = 40 * rng.uniform(-1, 1) * strength.light
    levels = 255 * (np.arange(256) / 255)[:, None] ** gamma
    table = np.clip(levels * gains + offset, 0, 255).astype(np.uint8)
    saturation = 1 + rng.uniform(-1, 1) * strength.light
    relit = cv2.LUT(frame, table[None])
    return np.asarray(cv2.addWeighted(relit, saturation, grey(relit), 1 - saturation, 0), dtype=np.uint8)


def _shaded(rng: np.random.Generator, frame: Frame) -> Frame:
    """A slope of light across the frame."""
    height, width = frame.shape[:2]
    angle, depth = rng.uniform(0, 2 * np.pi), rng.uniform(0.15, 0.5)
    x = np.linspace(-1, 1, width, dtype=np.float32) * np.float32(np.cos(angle) * depth)
    y = np.linspace(-1, 1, height, dtype=np.float32) * np.float32(np.sin(angle) * depth)
    return _uint8(frame * (1 + x + y[:, None])[:, :, None])


def _coarse(rng: np.random.Generator, frame: Frame) -> Frame:
    """As from a camera of less resolution."""
    height, width = frame.shape[:2]
    factor = rng.uniform(1.5, 3.0)
    size = (max(8, round(width / factor)), max(8, round(height / factor)))
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    return _uint8(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))


def _motion_blurred(rng: np.random.Generator, frame: Frame, box: Box) -> Frame:
    """Smeared along a line of up to a third of the box."""
    longest = max(4.0, min(25.0, 0.35 * (box.width + box.height) / 2))
    length, angle = rng.uniform(3, longest), rng.uniform(0, np.pi)
    side = int(length) // 2 * 2 + 3
    kernel = np.zeros((side, side), np.float32)
    middle, reach = side // 2, length / 2
    dx, dy = reach * np.cos(angle), reach * np.sin(angle)
    ends = [(round(middle + sign * dx), round(middle + sign * dy)) for sign in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0, 1, cv2.LINE_AA)
    return _uint8(cv2.filter2D(frame, -1, kernel / kernel.sum()))


def _occluded(rng: np.random.Generator, frame: Frame, box: Box, other: Frame) -> Frame:
    """Something of another picture in front of a part of the object."""
    width, height = (max(3, int(side * rng.uniform(0.25, 0.65))) for side in (box.width, box.height))
    x = int(box.x + rng.uniform(-0.3, 1.0) * box.width)
    y = int(box.y + rng.uniform(-0.3, 1.0) * box.height)
    left, top = max(0, x), max(0, y)
    right, bottom = min(frame.shape[1], x + width), min(frame.shape[0], y + height)
    if right <= left or bottom <= top:
        return frame
    from_x, from_y = (int(rng.integers(0, side // 2)) for side in (other.shape[1], other.shape[0]))
    piece = cv2.resize(other[from_y:, from_x:], (right - left, bottom - top), interpolation=cv2.INTER_AREA)
    covered = frame.copy()
    if rng.random() < 0.5:
        covered[top:bottom, left:right] = piece
        return covered
    shape = np.zeros((bottom - top, right - left), np.uint8)
    center = ((right - left) // 2, (bottom - top) // 2)
    cv2.ellipse(shape, center, center, 0, 0, 360, 255, -1)
    covered[top:bottom, left:right][shape > 0] = piece[shape > 0]
    return covered
