"""The pictures of the demo clip: forest floor, branch and ladybirds, drawn from formulas and a random generator.

Positions are 0-based continuous pixels, x right and y down; angles are radians, clockwise on the screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Image = NDArray[np.float32]
"""(h, w, 3) RGB or (h, w) mask, 0..1."""
Points = NDArray[np.float64]
"""(n, 2) x, y."""

FINENESS = 2
"""Drawn pixels per finished pixel and per world unit; the rest is averaged away."""
LIGHT = np.array([-0.45, -0.55, 0.70])
"""Towards the sun: x, y, and up."""
BRANCH_HALF_WIDTH = 43.0
"""World units."""


@dataclass(frozen=True, slots=True)
class Look:
    """What tells one ladybird from another; spots are (along, across, radius) in body units, mirrored."""

    shell: tuple[float, float, float]
    spots: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a ladybird is: middle of its shell, heading, size of one body unit, and where its legs are."""

    x: float
    y: float
    angle: float
    scale: float
    step: float

    def to_body(self, x: Image, y: Image) -> tuple[Image, Image]:
        """Positions in body units, along and across."""
        c, s = np.cos(self.angle) / self.scale, np.sin(self.angle) / self.scale
        dx, dy = x - self.x, y - self.y
        return (c * dx + s * dy).astype(np.float32), (c * dy - s * dx).astype(np.float32)

    def to_outside(self, points: Points) -> Points:
        """Positions given in body units, along and across, as x, y."""
        c, s = np.cos(self.angle), np.sin(self.angle)
        return points @ (self.scale * np.array([[c, s], [-s, c]])) + (self.x, self.y)


def as_image(values: ArrayLike) -> Image:
    """The values as float32."""
    return np.asarray(values, np.float32)


def noise(rng: np.random.Generator, shape: tuple[int, int], cell: tuple[float, float], octaves: int) -> Image:
    """Fractal noise of mean 0 and deviation 1; `cell` is the coarsest grain's height and width in pixels."""
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        grain = [max(2, round(side * 2**octave / size) + 2) for side, size in zip(shape, cell, strict=True)]
        grid = rng.standard_normal(grain).astype(np.float32)
        total += cv2.resize(grid, shape[::-1], interpolation=cv2.INTER_CUBIC) * np.float32(0.55**octave)
    return as_image((total - total.mean()) / total.std())


def relief(height: Image, depth: float) -> Image:
    """How bright a surface of this height is under `LIGHT`, around 1."""
    dy, dx = np.gradient(height * depth)
    brightness = (LIGHT[2] - LIGHT[0] * dx - LIGHT[1] * dy) / np.sqrt(1 + dx**2 + dy**2)
    return as_image(brightness / LIGHT[2])


def blend(canvas: Image, color: ArrayLike, mask: ArrayLike) -> None:
    """Lay `color` over `canvas` in place, as far as `mask` covers."""
    canvas += (as_image(color) - canvas) * as_image(mask)[..., None]


def smooth(values: Image, low: float, high: float) -> Image:
    """0 below `low`, 1 above `high`, and an easy slope between."""
    x = np.clip((values - low) / (high - low), 0, 1)
    return as_image(x * x * (3 - 2 * x))


def forest_floor(rng: np.random.Generator, width: int, height: int) -> Image:
    """Earth, moss and fallen leaves; `FINENESS` pixels per unit."""
    shape = (height * FINENESS, width * FINENESS)
    grain, patches, fibres = (noise(rng, shape, (c, c), n) for c, n in ((60, 6), (420, 5), (9, 3)))
    earth = np.array([0.27, 0.19, 0.12]) * (1 + 0.32 * grain[..., None])
    canvas = (earth * relief(grain, 2.2)[..., None]).astype(np.float32)
    green = np.array([0.25, 0.31, 0.10]) * (1 + 0.10 * grain + 0.12 * fibres)[..., None]
    blend(canvas, green * relief(fibres + 0.5 * grain, 0.8)[..., None], smooth(patches + 0.35 * fibres, -0.1, 0.8))
    for _ in range(width * height // 5200):
        _drop_leaf(rng, canvas)
    sun = noise(rng, shape, (500, 500), 3)
    canvas *= (1 + 0.20 * sun)[..., None] * np.array([1.06, 1.0, 0.92], np.float32)
    return as_image(np.clip(canvas, 0, 1))


_LEAF_COLORS = ((0.55, 0.36, 0.14), (0.47, 0.24, 0.10), (0.62, 0.50, 0.20), (0.36, 0.28, 0.16), (0.38, 0.42, 0.14))


def _drop_leaf(rng: np.random.Generator, canvas: Image) -> None:
    """One leaf with its veins and shadow somewhere on the floor."""
    length, slimness, angle = FINENESS * rng.uniform(14, 34), rng.uniform(0.34, 0.52), rng.uniform(0, 2 * np.pi)
    x, y = rng.uniform(0, canvas.shape[1]), rng.uniform(0, canvas.shape[0])
    tone = np.array(_LEAF_COLORS[rng.integers(len(_LEAF_COLORS))]) * rng.uniform(0.7, 1.1)
    curl, reach = rng.uniform(-0.35, 0.35), int(length * 1.4)
    left, top = max(0, int(x) - reach), max(0, int(y) - reach)
    part = canvas[top : int(y) + reach, left : int(x) + reach]
    if part.size == 0:
        return
    rows, columns = np.mgrid[top : top + part.shape[0], left : left + part.shape[1]].astype(np.float32)
    along, across = Pose(x, y, angle, length, 0).to_body(columns, rows)
    across = across - curl * (along**2 - 0.5)
    edge = slimness * np.clip(1 - along**2, 0, 1) ** 0.8 * (1 - 0.25 * along)
    mask = np.clip((edge - np.abs(across)) * length, 0, 1)
    shift = np.array([[1, 0, 4], [0, 1, 4]], np.float32)
    shadow = cv2.GaussianBlur(cv2.warpAffine(mask, shift, mask.shape[::-1]), (0, 0), 3)
    part *= (1 - 0.55 * shadow * (1 - mask))[..., None]
    veins = 0.5 + 0.5 * np.cos(38 * (along - 0.9 * np.abs(across)))
    midrib = np.clip(1 - np.abs(across) * length / 2.2, 0, 1)
    bright = 0.85 + 0.12 * veins**6 + 0.30 * midrib + 0.5 * across * np.sign(curl) / slimness * 0.5
    blotches = noise(rng, (part.shape[0], part.shape[1]), (14, 14), 3) * 0.10
    blend(part, tone * (bright + blotches)[..., None], mask)


def branch_picture(rng: np.random.Generator) -> tuple[Image, Image]:
    """Bark of a fallen branch along x, and where it is; `FINENESS` pixels per unit, its axis in the middle."""
    length, margin = 1100, 30
    half = BRANCH_HALF_WIDTH
    shape = (round(2 * (half + margin)) * FINENESS, length * FINENESS)
    across = (np.arange(shape[0], dtype=np.float32)[:, None] + 0.5) / FINENESS - (half + margin)
    rim = half + 2.5 * noise(rng, (2, shape[1]), (2, 70), 4)[0]
    mask = as_image(np.clip((rim - np.abs(across)) * FINENESS, 0, 1))
    grooves, fine, patches = (
        noise(rng, shape, cell, n) for cell, n in (((16, 110), 5), ((4, 12), 2), ((160, 260), 5))
    )
    bark = np.array([0.36, 0.29, 0.22]) * (1 + 0.20 * grooves + 0.06 * fine)[..., None]
    canvas = (bark * relief(grooves, 2.0)[..., None]).astype(np.float32)
    lichen = np.array([0.40, 0.45, 0.30]) * (1 + 0.12 * fine)[..., None]
    blend(canvas, lichen * relief(fine + grooves, 0.8)[..., None], smooth(patches + 0.25 * fine, 1.0, 1.9))
    height = np.sqrt(np.clip(1 - (across / (half + 3)) ** 2, 0.02, 1))
    shade = 0.25 + 0.85 * np.clip(LIGHT[2] * height - 0.62 * across / half, 0, 1.2)
    return as_image(np.clip(canvas * shade[..., None], 0, 1)), mask


def _capsules(along: Image, across: Image, strokes: Sequence[tuple[Points, float]]) -> Image:
    """Distance to the nearest of some strokes, each two ends and a radius, in body units."""
    distance = np.full(along.shape, np.inf, np.float32)
    for (start, end), radius in strokes:
        step = end - start
        t = np.clip(((along - start[0]) * step[0] + (across - start[1]) * step[1]) / (step @ step), 0, 1)
        reached = np.hypot(along - start[0] - t * step[0], across - start[1] - t * step[1]) - radius
        distance = np.minimum(distance, reached.astype(np.float32))
    return distance


def _ellipse(along: Image, across: Image, middle: float, half_length: float, half_width: float) -> Image:
    size = np.hypot((along - middle) / half_length, across / half_width)
    return as_image((size - 1) * min(half_length, half_width))


_SHELL = (0.0, 1.0, 0.86)
_CHEST = (0.9, 0.36, 0.64)
_HEAD = (1.2, 0.22, 0.34)
_TRUNK = (_HEAD, _CHEST, _SHELL)
"""Ellipses from the lowest to the highest: middle along the body, half length, half width, in body units."""


def limbs(step: float) -> list[tuple[Points, float]]:
    """Legs and feelers at one moment of the walk, as strokes in body units: ends (2, 2) and radius."""
    strokes: list[tuple[Points, float]] = []
    for side in (-1, 1):
        for number, (root, lean) in enumerate(((0.62, 0.45), (0.05, -0.05), (-0.5, -0.5))):
            swing = 0.17 * np.sin(step + np.pi * (number + (side > 0)))
            knee = np.array([root + lean * 0.45 + swing * 0.5, side * 0.98])
            foot = np.array([root + lean * 0.75 + swing, side * 1.24])
            strokes += [(np.array([(root, side * 0.6), knee]), 0.065), (np.array([knee, foot]), 0.045)]
        feeler = np.array([1.62, side * (0.42 + 0.05 * np.sin(0.7 * step))])
        strokes.append((np.array([(1.28, side * 0.16), feeler]), 0.04))
    return strokes


def draw_ladybird(canvas: Image, pose: Pose, look: Look) -> None:
    """Draw one with its shadow into a canvas of `FINENESS` pixels per screen pixel."""
    pose = Pose(pose.x * FINENESS, pose.y * FINENESS, pose.angle, pose.scale * FINENESS, pose.step)
    reach = 2.2 * pose.scale
    left, top = max(0, int(pose.x - reach)), max(0, int(pose.y - reach))
    part = canvas[top : max(0, int(pose.y + reach)), left : max(0, int(pose.x + reach))]
    if part.size == 0:
        return
    rows, columns = np.mgrid[top : top + part.shape[0], left : left + part.shape[1]].astype(np.float32) + 0.5
    along, across = pose.to_body(columns, rows)

    def cover(distance: Image, softness: float = 0.0) -> Image:
        return as_image(np.clip(0.5 - distance / (1 / pose.scale + softness), 0, 1))

    lower = Pose(pose.x + 0.16 * pose.scale, pose.y + 0.20 * pose.scale, pose.angle, pose.scale, pose.step)
    shadow = _ellipse(*lower.to_body(columns, rows), 0.18, 1.22, 0.92)
    part *= (1 - 0.6 * cover(shadow, 0.35))[..., None]
    blend(part, (0.05, 0.04, 0.035), cover(_capsules(along, across, limbs(pose.step))))
    for ellipse in (_HEAD, _CHEST):
        distance = _ellipse(along, across, *ellipse)
        gloss = 0.05 + 0.10 * smooth(-distance, 0, 0.3)
        blend(part, np.repeat(gloss[..., None], 3, axis=2), cover(distance))
    cheek = np.hypot((along - 0.98) / 0.17, (np.abs(across) - 0.40) / 0.13) - 1
    blend(part, (0.86, 0.84, 0.78), cover(cheek * 0.13))
    shell, distance = _shell(along, across, pose, look)
    blend(part, shell, cover(distance))


def _shell(along: Image, across: Image, pose: Pose, look: Look) -> tuple[Image, Image]:
    """Colours of the domed wing covers, and the distance to their edge in body units."""
    distance = _ellipse(along, across, *_SHELL)
    normal = np.stack([along / _SHELL[1], across / _SHELL[2]], axis=2)
    flatness = np.sqrt(np.clip(1 - (normal**2).sum(axis=2), 0.03, 1))
    c, s = np.cos(pose.angle), np.sin(pose.angle)
    light = np.array([c * LIGHT[0] + s * LIGHT[1], c * LIGHT[1] - s * LIGHT[0]])
    diffuse = np.clip(normal @ light + LIGHT[2] * flatness, 0, 1)
    colors = np.broadcast_to(np.array(look.shell, np.float32), (*along.shape, 3)).copy()
    for spot_along, spot_across, radius in look.spots:
        away = np.hypot(along - spot_along, np.abs(across) - spot_across) - radius
        blend(colors, (0.03, 0.02, 0.02), np.clip(0.5 - away * pose.scale / 1.5, 0, 1))
    seam = np.clip(0.5 - (np.abs(across) - 0.02) * pose.scale, 0, 1) * (along < 0.62)
    blend(colors, (0.10, 0.02, 0.02), 0.8 * seam)
    colors *= (0.22 + 0.95 * diffuse)[..., None]
    half_way = np.array([*(light / 2), (LIGHT[2] + 1) / 2])
    half_way /= np.linalg.norm(half_way)
    shine = np.clip(normal @ half_way[:2] + flatness * half_way[2], 0, 1)
    colors += (0.55 * shine**60 + 0.10 * shine**8)[..., None]
    return as_image(np.clip(colors, 0, 1)), distance


def outline(step: float) -> Points:
    """Points on the rim of everything that belongs to a ladybird, in body units."""
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    circle = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    parts = [circle * (half_length, half_width) + (middle, 0) for middle, half_length, half_width in _TRUNK]
    parts += [end + radius * circle for ends, radius in limbs(step) for end in ends]
    return np.concatenate(parts)
