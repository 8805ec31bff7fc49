"""Two frames in which the same object is seen, as a tracker would meet it at two moments.

Three kinds: two moments of a clip; a photograph and the same one moved; and an object cut out and laid over two
pictures, often with another one like it beside.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from tracker_core.box import Box
from tracker_core.pretraining.config import PretrainingConfig
from tracker_core.pretraining.disturbances import STRONG, WEAK, Disturber, grey
from tracker_core.pretraining.pictures import Clip, Mask, Photograph, Pictures
from tracker_core.pretraining.warping import CutOut, Motion, Point, moved_frame, pasted
from tracker_core.tracker import Frame

_GREY_CHANCE = 0.08
_TRIES = 6
_PLAIN = 12.0  # standard deviation of grey levels below which a box shows nothing to know it by


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A frame, its object's box, and that of something alike if there is one."""

    frame: Frame
    box: Box
    distractor: Box | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ScenePair:
    """What is learned from, and what is judged on."""

    support: Scene
    query: Scene


class SceneMaker:
    """Makes pairs of scenes from pictures; the same generator gives the same pair."""

    def __init__(self, pictures: Pictures, config: PretrainingConfig) -> None:
        self._photographs = pictures.photographs
        self._clips = pictures.clips
        self._config = config
        self._disturber = Disturber(config.seed, longest_side=config.longest_side)
        self._groups: dict[str, list[Photograph]] = {}
        for photograph in pictures.photographs:
            self._groups.setdefault(photograph.group, []).append(photograph)

    def make(self, rng: np.random.Generator) -> ScenePair:
        """A pair of any kind, disturbed: what is learned from a little, what is judged on more."""
        kind = rng.random()
        if self._clips and kind < self._config.clip_share:
            pair = self._from_clip(rng)
        elif kind < self._config.clip_share + self._config.pasted_share:
            pair = self._pasted(rng)
        else:
            pair = self._from_photograph(rng)
        is_mirrored, is_grey = rng.random() < 0.5, rng.random() < _GREY_CHANCE
        scenes = []
        for scene, strength in ((pair.support, WEAK), (pair.query, STRONG)):
            seen = _mirrored(scene) if is_mirrored else scene
            frame = self._disturber.disturbed(rng, seen.frame, seen.box, strength, self._photograph(rng).pixels)
            scenes.append(Scene(grey(frame) if is_grey else frame, seen.box, seen.distractor))
        return ScenePair(*scenes)

    def _photograph(self, rng: np.random.Generator) -> Photograph:
        return self._photographs[rng.integers(len(self._photographs))]

    def _from_clip(self, rng: np.random.Generator) -> ScenePair:
        clip = self._clips[rng.integers(len(self._clips))]
        first, second = _two_moments(rng, clip, self._config.clip_reach)
        moments = [clip.moments[index] for index in (first, second)]
        scenes = [Scene(moment.pixels, moment.box) for moment in moments]
        if rng.random() < 0.5:
            scenes[1] = _moved(rng, scenes[1])
        return ScenePair(*scenes)

    def _from_photograph(self, rng: np.random.Generator) -> ScenePair:
        frame = self._photograph(rng).pixels
        scene = Scene(frame, _textured_box(rng, frame))
        return ScenePair(scene, _moved(rng, scene))

    def _pasted(self, rng: np.random.Generator) -> ScenePair:
        """The object is one of a clip at two moments, or a piece of a photograph shaped like such an object."""
        background = self._photograph(rng).pixels
        other = self._photograph(rng).pixels if rng.random() < 0.3 else _panned(rng, background)
        cut_outs, group = self._object(rng)
        distractor = self._like(rng, group) if rng.random() < 0.6 else None
        share, angle = rng.uniform(0.18, 0.45), rng.normal(0, 0.1)
        change = np.exp(rng.uniform(-0.3, 0.3))
        support = _composed(rng, background, cut_outs[0], distractor, share=share, angle=angle)
        query = _composed(
            rng, other, cut_outs[1], distractor, share=share * change, angle=angle + rng.normal(0, 0.2)
        )
        if support is None or query is None:
            return self._from_photograph(rng)
        return ScenePair(support, query)

    def _object(self, rng: np.random.Generator) -> tuple[tuple[CutOut, CutOut], str]:
        """Two looks at one object, and the group of photographs it is from, "" for a clip's."""
        if self._clips and rng.random() < 0.4:
            clip = self._clips[rng.integers(len(self._clips))]
            first, second = _two_moments(rng, clip, self._config.clip_reach)
            looks = [clip.moments[index] for index in (first, second)]
            one, two = (_cut(moment.pixels, moment.mask, moment.box) for moment in looks)
            return (one, two), ""
        photograph = self._photograph(rng)
        piece = self._piece(rng, photograph)
        return (piece, piece), photograph.group

    def _like(self, rng: np.random.Generator, group: str) -> CutOut:
        """Something that may be taken for an object of the group."""
        if not group:
            return self._object(rng)[0][0]
        members = self._groups[group]
        return self._piece(rng, members[rng.integers(len(members))])

    def _piece(self, rng: np.random.Generator, photograph: Photograph) -> CutOut:
        """A box of a photograph in the shape of a clip's object, or an ellipse."""
        box = _textured_box(rng, photograph.pixels)
        x, y, width, height = (round(value) for value in box.xywh)
        pixels = photograph.pixels[y : y + height, x : x + width]
        return CutOut(pixels, self._shape(rng, pixels.shape[1], pixels.shape[0]))

    def _shape(self, rng: np.random.Generator, width: int, height: int) -> Mask:
        if self._clips and rng.random() < 0.6:
            clip = self._clips[rng.integers(len(self._clips))]
            moment = clip.moments[rng.integers(len(clip.moments))]
            mask = _cut(moment.pixels, moment.mask, moment.box).mask
            if mask.mean() > 0.35 * 255:  # thin shapes show too little of the piece
                return np.asarray(cv2.resize(mask, (width, height)), dtype=np.uint8)
        mask = np.zeros((height, width), np.uint8)
        if rng.random() < 0.3:
            mask[:] = 255
            return mask
        cv2.ellipse(mask, (width // 2, height // 2), (width // 2, height // 2), 0, 0, 360, 255, -1)
        return mask


def _two_moments(rng: np.random.Generator, clip: Clip, reach: int) -> tuple[int, int]:
    first = int(rng.integers(len(clip.moments)))
    low, high = max(0, first - reach), min(len(clip.moments) - 1, first + reach)
    return first, int(rng.integers(low, high + 1))


def _textured_box(rng: np.random.Generator, frame: Frame) -> Box:
    """A box inside the frame, with something in it if that is found soon."""
    height, width = frame.shape[:2]
    box = Box(0, 0, width, height)
    for _ in range(_TRIES):
        side = np.exp(rng.uniform(np.log(0.13), np.log(0.45))) * min(width, height)
        stretch = np.exp(rng.uniform(-0.5, 0.5))
        w, h = min(width - 4, max(16, side * stretch)), min(height - 4, max(16, side / stretch))
        x, y = rng.uniform(0, width - w), rng.uniform(0, height - h)
        box = Box(float(int(x)), float(int(y)), float(int(w)), float(int(h)))
        if frame[int(y) : int(y + h) : 2, int(x) : int(x + w) : 2].std() > _PLAIN:
            break
    return box


def _cut(pixels: Frame, mask: Mask, box: Box) -> CutOut:
    x, y, width, height = (int(value) for value in box.xywh)
    return CutOut(pixels[y : y + height, x : x + width], mask[y : y + height, x : x + width])


def _moved(rng: np.random.Generator, scene: Scene) -> Scene:
    """The camera turned, came closer and panned; all of the object stays in the frame if it fits."""
    height, width = scene.frame.shape[:2]
    scale, stretch = np.exp(rng.uniform(-0.35, 0.35)), np.exp(rng.uniform(-0.1, 0.1))
    scale_x, scale_y = scale * stretch, scale / stretch
    sides = (scene.box.width * scale_x, scene.box.height * scale_y)
    reach = 0.4 * min(width, height)
    center = tuple(
        float(np.clip(middle + rng.uniform(-reach, reach), min(side, extent) / 2, extent - min(side, extent) / 2))
        for middle, side, extent in zip(scene.box.center, sides, (width, height), strict=True)
    )
    angle = float(np.clip(rng.normal(0, 0.18), -0.5, 0.5))
    frame, box = moved_frame(scene.frame, scene.box, Motion(angle, scale_x, scale_y, (center[0], center[1])))
    return Scene(frame, box)


def _panned(rng: np.random.Generator, frame: Frame) -> Frame:
    """The same background as from a camera that moved a little."""
    height, width = frame.shape[:2]
    scale = float(np.exp(rng.uniform(-0.15, 0.15)))
    center = (width * rng.uniform(0.4, 0.6), height * rng.uniform(0.4, 0.6))
    return moved_frame(frame, Box(0, 0, width, height), Motion(rng.normal(0, 0.05), scale, scale, center))[0]


def _composed(
    rng: np.random.Generator,
    background: Frame,
    cut_out: CutOut,
    distractor: CutOut | None,
    *,
    share: float,
    angle: float,
) -> Scene | None:
    """The object, `share` of the frame large, over a distractor over a background; None where nothing is seen."""
    center = _place(rng, background)
    frame, beside = background, None
    if distractor is not None:
        places = [_place(rng, background) for _ in range(_TRIES)]
        farthest = max(places, key=lambda place: np.hypot(place[0] - center[0], place[1] - center[1]))
        size = share * np.exp(rng.uniform(-0.2, 0.2))
        frame, beside = pasted(
            frame, distractor, _fitted(distractor, background, size, rng.normal(0, 0.2), farthest)
        )
    frame, box = pasted(frame, cut_out, _fitted(cut_out, background, share, angle, center))
    if box is None or min(box.width, box.height) < 8:
        return None
    return Scene(frame, box, beside)


def _fitted(cut_out: CutOut, frame: Frame, share: float, angle: float, center: Point) -> Motion:
    """Its mean side becomes `share` of the frame's shorter side."""
    height, width = cut_out.mask.shape
    scale = share * min(frame.shape[:2]) / np.sqrt(height * width)
    return Motion(angle, scale, scale, center)


def _place(rng: np.random.Generator, frame: Frame) -> Point:
    height, width = frame.shape[:2]
    return rng.uniform(0.15, 0.85) * width, rng.uniform(0.15, 0.85) * height


def _mirrored(scene: Scene) -> Scene:
    width = scene.frame.shape[1]

    def mirror(box: Box) -> Box:
        return Box(width - box.right, box.y, box.width, box.height)

    frame = np.ascontiguousarray(scene.frame[:, ::-1])
    return Scene(frame, mirror(scene.box), None if scene.distractor is None else mirror(scene.distractor))
