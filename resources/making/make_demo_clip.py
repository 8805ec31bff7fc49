"""Renders the demo clip and its ground truth: a ladybird on a forest floor, seen from above.

It turns, comes closer, meets another ladybird, walks under a branch, dashes and goes away again: rotation, change
of scale, a distractor, full occlusion and motion blur. Everything is drawn from formulas and one random seed.

    python -m resources.making.make_demo_clip FOLDER

Times are in frames, places in world units unless said otherwise; angles are radians, clockwise on the screen.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from resources.making.demo_pictures import (
    FINENESS,
    Image,
    Look,
    Points,
    Pose,
    blend,
    branch_picture,
    draw_ladybird,
    forest_floor,
    outline,
)

WIDTH, HEIGHT, FPS, FRAME_COUNT = 640, 360, 25, 200
SEED = 7

BODY = 25.0
"""From the middle of a ladybird's shell to its rear."""
TARGET = Look(
    (0.80, 0.07, 0.03), ((0.62, 0.0, 0.20), (0.22, 0.46, 0.19), (-0.32, 0.30, 0.17), (-0.52, 0.58, 0.11))
)
OTHER = Look((0.86, 0.27, 0.03), ((0.60, 0.28, 0.12), (0.10, 0.22, 0.11), (0.05, 0.60, 0.12), (-0.45, 0.38, 0.14)))

MEETING, UNDER_BRANCH, DASH = 60, 104, range(124, 149)
"""Frames at which the clip's events happen."""

_STEPS = 16
_TIMES = np.arange(-40, FRAME_COUNT + 40, 1 / _STEPS)

Track = NDArray[np.float64]
"""(n,) a value at each of `_TIMES`."""


def eased(keys: Sequence[tuple[float, float]], sigma: float) -> Track:
    """Straight between the keys (time, value), then smoothed over `sigma` frames."""
    times, values = zip(*keys, strict=True)
    return smoothed(np.interp(_TIMES, times, values), sigma)


def smoothed(track: Track, sigma: float) -> Track:
    """Gaussian average; the ends are held."""
    reach = round(4 * sigma * _STEPS)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / (sigma * _STEPS)) ** 2)
    return np.convolve(np.pad(track, reach, mode="edge"), kernel / kernel.sum(), mode="valid")


@dataclass(frozen=True, slots=True)
class Walk:
    """Where a ladybird is and where it heads."""

    x: Track
    y: Track
    heading: Track

    @classmethod
    def from_steps(cls, speed: Track, heading: Track) -> Walk:
        """Walk `speed` units per frame along `heading`."""
        return cls(
            np.cumsum(speed * np.cos(heading)) / _STEPS, np.cumsum(speed * np.sin(heading)) / _STEPS, heading
        )

    def at(self, time: float) -> tuple[float, float, float]:
        """x, y and heading."""
        x, y, heading = (float(np.interp(time, _TIMES, track)) for track in (self.x, self.y, self.heading))
        return x, y, heading

    def moved(self, dx: float, dy: float) -> Walk:
        """The same walk somewhere else."""
        return Walk(self.x + dx, self.y + dy, self.heading)


@dataclass(frozen=True, slots=True)
class Camera:
    """Which world point is in the middle of the frame, and how many pixels a unit has."""

    x: float
    y: float
    zoom: float

    def pose(self, walk: Walk, time: float) -> Pose:
        """How a ladybird is seen, in pixels of the finished frame."""
        x, y, heading = walk.at(time)
        left, top = WIDTH / 2 - self.zoom * self.x, HEIGHT / 2 - self.zoom * self.y
        return Pose(self.zoom * x + left, self.zoom * y + top, heading, self.zoom * BODY, 0.8 * time)

    def matrix(self) -> NDArray[np.float64]:
        """(2, 3): from world units to drawn pixels."""
        left, top = WIDTH / 2 - self.zoom * self.x, HEIGHT / 2 - self.zoom * self.y
        return FINENESS * np.array([[self.zoom, 0, left], [0, self.zoom, top]])


@dataclass(frozen=True, slots=True)
class Staging:
    """All that moves: both ladybirds and the camera."""

    target: Walk
    other: Walk
    camera_x: Track
    camera_y: Track
    zoom: Track

    @classmethod
    def rehearse(cls) -> Staging:
        """Decide every movement of the clip."""
        speed = eased(
            [(0, 2.4), (60, 2.2), (90, 3.0), (122, 3.0), (130, 19), (141, 16), (150, 3.0), (199, 2.0)], sigma=2
        )
        degrees = eased(
            [
                (0, 20),
                (25, -35),
                (50, 30),
                (75, 40),
                (90, 8),
                (118, 8),
                (132, -30),
                (146, 30),
                (165, 95),
                (199, 215),
            ],
            sigma=5,
        )
        target = Walk.from_steps(speed, np.radians(degrees))
        return cls(
            target,
            _passing(target),
            smoothed(target.x, 24) + 95 * np.cos(_TIMES / 36),
            smoothed(target.y, 24) + 48 * np.sin(_TIMES / 27 + 2),
            eased([(0, 0.95), (70, 1.4), (104, 1.25), (140, 1.0), (199, 0.72)], sigma=8),
        )

    def camera(self, time: float) -> Camera:
        """What the camera sees at `time`."""
        tracks = (self.camera_x, self.camera_y, self.zoom)
        return Camera(*(float(np.interp(time, _TIMES, track)) for track in tracks))

    def target_box(self, time: float) -> tuple[float, float, float, float]:
        """Left, top, width, height (0-based pixels) around the whole target, hidden or not."""
        pose = self.camera(time).pose(self.target, time)
        points = pose.to_outside(outline(pose.step))
        left, top = points.min(axis=0).tolist()
        right, bottom = points.max(axis=0).tolist()
        return left, top, right - left, bottom - top


def _passing(target: Walk) -> Walk:
    """A walk the other way that comes near the target once."""
    heading = np.radians(eased([(0, 150), (60, 190), (120, 205)], sigma=10))
    walk = Walk.from_steps(np.full_like(heading, 2.3), heading)
    (x, y, direction), (own_x, own_y, _) = target.at(MEETING), walk.at(MEETING)
    return walk.moved(x + 66 * np.sin(direction) - own_x, y - 66 * np.cos(direction) - own_y)


@dataclass(frozen=True, slots=True)
class Scene:
    """The pictures, drawn once, and where they lie; `corner` is the world's point at the floor's top left."""

    staging: Staging
    floor: Image
    corner: Points
    branch: Image
    branch_mask: Image
    branch_shadow: Image

    @classmethod
    def build(cls) -> Scene:
        """Draw floor and branch; takes some seconds."""
        rng = np.random.default_rng(SEED)
        staging = Staging.rehearse()
        cameras = [staging.camera(time) for time in range(-1, FRAME_COUNT + 1)]
        middles = np.array([(camera.x, camera.y) for camera in cameras])
        reach = np.array([(WIDTH / 2 / camera.zoom + 2, HEIGHT / 2 / camera.zoom + 2) for camera in cameras])
        corner = np.floor((middles - reach).min(axis=0))
        width, height = np.ceil((middles + reach).max(axis=0) - corner).astype(int).tolist()
        branch, mask = branch_picture(rng)
        shadow = cv2.GaussianBlur(mask, (0, 0), 7 * FINENESS)
        return cls(staging, forest_floor(rng, width, height), corner, branch, mask, shadow)

    def frame(self, frame_index: int) -> NDArray[np.uint8]:
        """The finished (360, 640, 3) RGB frame, averaged over the time its shutter is open."""
        open_time, count = (1.0, 11) if frame_index in DASH else (0.4, 5)
        times = frame_index + open_time * ((np.arange(count) + 0.5) / count - 0.5)
        fine = np.mean([self._moment(time) for time in times.tolist()], axis=0)
        frame = cv2.resize(fine, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        pixels: NDArray[np.uint8] = np.clip(255 * frame**0.86 + 0.5, 0, 255).astype(np.uint8)
        return pixels

    def _moment(self, time: float) -> Image:
        camera = self.staging.camera(time)
        canvas = _seen(self.floor, camera, _placed(*self.corner, angle=0, origin=(0, 0)))
        draw_ladybird(canvas, camera.pose(self.staging.other, time), OTHER)
        draw_ladybird(canvas, camera.pose(self.staging.target, time), TARGET)
        canvas *= 1 - 0.6 * _seen(self.branch_shadow, camera, self._branch_place(13, 16))[..., None]
        place = self._branch_place(0, 0)
        blend(canvas, _seen(self.branch, camera, place), _seen(self.branch_mask, camera, place))
        return canvas

    def _branch_place(self, dx: float, dy: float) -> NDArray[np.float64]:
        """Across the target's way at `UNDER_BRANCH`, moved by (dx, dy)."""
        x, y, heading = self.staging.target.at(UNDER_BRANCH)
        height, width = self.branch_mask.shape
        return _placed(x + dx, y + dy, angle=heading - np.pi / 2, origin=(width / 2, height / 2))


def _placed(x: float, y: float, *, angle: float, origin: tuple[float, float]) -> NDArray[np.float64]:
    """(3, 3): from a picture's pixels to the world, its pixel `origin` at (x, y)."""
    c, s = np.cos(angle) / FINENESS, np.sin(angle) / FINENESS
    ox, oy = origin
    return np.array([[c, -s, x - c * ox + s * oy], [s, c, y - s * ox - c * oy], [0, 0, 1]])


def _seen(picture: Image, camera: Camera, place: NDArray[np.float64]) -> Image:
    size = (WIDTH * FINENESS, HEIGHT * FINENESS)
    seen: Image = cv2.warpAffine(picture, camera.matrix() @ place, size, flags=cv2.INTER_LINEAR)
    return seen


def ground_truth_rows() -> Iterator[str]:
    """One line per frame: x,y,width,height in pixels that count from 1, as OTB writes them."""
    staging = Staging.rehearse()
    for i in range(FRAME_COUNT):
        x, y, width, height = staging.target_box(i)
        yield f"{x + 1:.2f},{y + 1:.2f},{width:.2f},{height:.2f}\n"


def write_clip(folder: Path) -> None:
    """Write demo.mp4 and demo_groundtruth.txt into `folder`; takes minutes."""
    scene = Scene.build()
    with av.open(str(folder / "demo.mp4"), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=FPS, options={"crf": "19", "preset": "slow", "g": "50"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for i in range(FRAME_COUNT):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(scene.frame(i), format="rgb24")))
        container.mux(stream.encode(None))
    (folder / "demo_groundtruth.txt").write_text("".join(ground_truth_rows()), encoding="ascii")


if __name__ == "__main__":
    write_clip(Path(sys.argv[1]))
