"""What cameras do to templates and search regions: light, colour, blur, low resolution, noise, compression."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker_core.tracker import Frame

_LIGHT_CHANCE, _CONTRAST, _BRIGHTNESS, _TINT = 0.8, 0.18, 0.16, 0.05  # the rest: deviations of logarithms
_SATURATION_CHANCE, _SATURATION, _FADING = 0.3, 0.3, 0.1
_SLOPE_CHANCE, _SLOPE = 0.12, 25.0  # grey levels from the middle to an edge
_BLUR_CHANCE, _BLUR = 0.10, (0.6, 2.0)  # pixels, sigma
_MOTION_CHANCE, _MOTION = 0.14, (3, 15)  # pixels
_COARSE_CHANCE, _COARSE = 0.12, (0.25, 0.7)  # of the resolution
_NOISE_CHANCE, _NOISE = 0.2, (2.0, 9.0)  # grey levels
_JPEG_CHANCE, _JPEG = 0.25, (25, 80)  # quality

_Floats = NDArray[np.float32]


def disturbed(rng: np.random.Generator, frame: Frame, strength: float) -> Frame:
    """A square frame as from another camera; `strength` scales changes, and how often it is less sharp."""
    values = frame.astype(np.float32)
    if rng.random() < _LIGHT_CHANCE:
        values = _relit(rng, values, strength)
    if rng.random() < _SATURATION_CHANCE:
        grey = values.mean(2, keepdims=True)
        values = grey + (values - grey) * np.float32(np.exp(rng.normal(-_FADING, _SATURATION * strength)))
    if rng.random() < _SLOPE_CHANCE:
        values = _sloped(rng, values, strength)
    values = _softened(rng, np.clip(values, 0, 255), strength)
    if rng.random() < _NOISE_CHANCE:
        values = values + rng.standard_normal(values.shape, np.float32) * np.float32(rng.uniform(*_NOISE))
    pixels = np.clip(values, 0, 255).astype(np.uint8)
    return _compressed(rng, pixels) if rng.random() < _JPEG_CHANCE else pixels


def _relit(rng: np.random.Generator, values: _Floats, strength: float) -> _Floats:
    """Other contrast, brightness and tint."""
    mean = values.mean()
    contrast, brightness = (
        np.exp(rng.normal(0, _CONTRAST * strength)),
        np.exp(rng.normal(0, _BRIGHTNESS * strength)),
    )
    tint = np.exp(rng.normal(0, _TINT * strength, 3)).astype(np.float32)
    relit = ((values - mean) * np.float32(contrast) + mean * np.float32(brightness)) * tint
    return np.asarray(relit, dtype=np.float32)


def _sloped(rng: np.random.Generator, values: _Floats, strength: float) -> _Floats:
    """Lighter on one side."""
    line = np.linspace(-1, 1, len(values), dtype=np.float32)
    x, y = rng.normal(0, _SLOPE * strength, 2).astype(np.float32)
    return np.asarray(values + (x * line + y * line[:, None])[:, :, None], dtype=np.float32)


def _softened(rng: np.random.Generator, values: _Floats, strength: float) -> _Floats:
    """Out of focus, smeared by motion, or coarse; at most one of them."""
    draw, soft = rng.random() / strength, values
    if draw < _BLUR_CHANCE:
        soft = cv2.GaussianBlur(values, (0, 0), rng.uniform(*_BLUR))
    elif draw < _BLUR_CHANCE + _MOTION_CHANCE:
        soft = cv2.filter2D(values, -1, _smear(rng))
    elif draw < _BLUR_CHANCE + _MOTION_CHANCE + _COARSE_CHANCE:
        side = len(values)
        small = cv2.resize(values, (round(side * rng.uniform(*_COARSE)),) * 2, interpolation=cv2.INTER_AREA)
        soft = cv2.resize(small, (side, side), interpolation=cv2.INTER_LINEAR)
    return np.asarray(soft, dtype=np.float32)


def _smear(rng: np.random.Generator) -> _Floats:
    """A kernel along a line through its middle."""
    length, angle = int(rng.integers(*_MOTION)), rng.uniform(0, np.pi)
    kernel, middle = np.zeros((length, length), np.float32), (length - 1) / 2
    dx, dy = middle * np.cos(angle), middle * np.sin(angle)
    start, end = (round(middle - dx), round(middle - dy)), (round(middle + dx), round(middle + dy))
    cv2.line(kernel, start, end, 1.0, 1)
    return np.asarray(kernel / kernel.sum(), dtype=np.float32)


def _compressed(rng: np.random.Generator, pixels: Frame) -> Frame:
    """Through JPEG and back."""
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(*_JPEG))]
    _, data = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), quality)
    return np.asarray(cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB), dtype=np.uint8)
