"""A template and a search region in which the same object is seen, or is not: what the head learns from.

Four kinds, by where the object is from: two moments of a clip; an object laid over photographs, with others around
it; a photograph's own object, where it is; and a piece of a photograph's texture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from tracker_core.box import Box
from tracker_core.pretraining.disturbances import grey
from tracker_core.pretraining.matching.geometry import PADDING, SEARCH_SIDE, TEMPLATE_SIDE, UNIT
from tracker_core.pretraining.matching.motions import Matrix, Place, Points, Pose, around, bounds, warped
from tracker_core.pretraining.matching.photometry import disturbed
from tracker_core.pretraining.matching.pictured_objects import Material, PicturedObject, blended
from tracker_core.pretraining.warping import Point
from tracker_core.tracker import Frame

CLIP_SHARE, PASTED_SHARE, CONTEXT_SHARE = 0.30, 0.46, 0.12  # the rest are textures
PASTED_PART_CHANCE, CONTEXT_PART_CHANCE = 0.22, 0.30  # that the target is a part of an object, such as a head

_CLIP_REACH, _LONGEST_CLIP_REACH = 18.0, 60.0  # frames between two moments: deviation, and at most
_UPRIGHT_CHANCE = 0.6  # that a clip's moments are left nearly as they are
_CLIP_OBJECT_CHANCE, _PASTED_REACH = 0.25, 12.0  # that a pasted object is a clip's; frames, deviation
_SAME_BACKGROUND_CHANCE = 0.65
_OTHER_COUNTS = (0.35, 0.30, 0.20, 0.15)  # chances of 0, 1, 2, 3 other objects
_LIKE_CHANCE = 0.6  # that another object is of the same group
_BELOW_CHANCE = 0.75  # that another object is behind the target
_NEIGHBOUR_CHANCE = 0.25  # that the template has another object beside
_ABSENT_CHANCE = 0.08  # of pasted pairs
_GREY_PADDING_CHANCE = 0.4  # that beyond a picture is the frame's outside, not another picture
_OCCLUDER_CHANCE = 0.12
_BORDER_CHANCE = 0.12
_GREY_CHANCE = 0.06
_TEMPLATE_STRENGTH, _SEARCH_STRENGTH = 0.7, 1.0
_TRIES, _PLAIN = 8, 25.0  # for a texture; deviation of grey levels below which there is nothing to know it by


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """What the head compares.

    Attributes:
        template: (128, 128, 3); its object's mean side is about 64 pixels.
        search: (256, 256, 3).
        box: the object's in search pixels, also where it is covered or outside; None where it is not there.
    """

    template: Frame
    search: Frame
    box: Box | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Where the object is to lie in both."""

    template: Place
    search: Place

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Plan:
        """The search region is off the object in place, size and shape, as after some frames of tracking."""
        is_mirrored = rng.random() < 0.5
        pose = Pose(rng.normal(0, 0.12), rng.normal(0, 0.03), 0.0, bool(is_mirrored))
        turn = rng.normal(0, 0.17) * (3 if rng.random() < 0.1 else 1)
        turned = Pose(
            pose.angle + turn, rng.normal(0, 0.07), rng.normal(0, 0.1), bool(is_mirrored ^ (rng.random() < 0.04))
        )
        side = UNIT * np.exp(np.clip(rng.normal(0, 0.06), -0.15, 0.15))
        center = TEMPLATE_SIDE / 2 + np.clip(rng.normal(0, 3, 2), -7, 7)
        search_side = UNIT * np.exp(np.clip(rng.normal(0, 0.28), -0.75, 0.75))
        offset = rng.normal(0, 26, 2) if rng.random() < 0.75 else rng.uniform(-100, 100, 2)
        search_center = SEARCH_SIDE / 2 + np.clip(offset, -105, 105)
        return cls(
            Place(pose, float(side), (float(center[0]), float(center[1]))),
            Place(turned, float(search_side), (float(search_center[0]), float(search_center[1]))),
        )

    def posed(self, template: Pose, search: Pose) -> Plan:
        """The same with other shapes."""
        return Plan(replace(self.template, pose=template), replace(self.search, pose=search))


class PairMaker:
    """Makes pairs; what a number gives follows from the seed and the number alone."""

    def __init__(self, material: Material, seed: int) -> None:
        self._material = material
        self._seed = seed
        self._groups: dict[str, list[PicturedObject]] = {}
        for pictured in material.objects:
            self._groups.setdefault(pictured.group, []).append(pictured)

    def make(self, number: int) -> Pair:
        """Pair `number`, disturbed."""
        rng = np.random.default_rng([self._seed, number])
        pair = self._sketched(rng, Plan.drawn(rng))
        template = disturbed(rng, pair.template, _TEMPLATE_STRENGTH)
        search = disturbed(rng, pair.search, _SEARCH_STRENGTH)
        if rng.random() < _GREY_CHANCE:
            template, search = grey(template), grey(search)
        return Pair(template, search, pair.box)

    def _sketched(self, rng: np.random.Generator, plan: Plan) -> Pair:
        """A pair of any kind, sometimes with something in front or the frame's border."""
        kind = rng.random()
        if kind < CLIP_SHARE and self._material.clips:
            pair = self._from_clip(rng, plan)
        elif kind < CLIP_SHARE + PASTED_SHARE:
            pair = self._pasted(rng, plan)
        elif kind < CLIP_SHARE + PASTED_SHARE + CONTEXT_SHARE:
            pair = self._in_photograph(rng, plan)
        else:
            pair = self._texture(rng, plan)
        if rng.random() < _OCCLUDER_CHANCE and pair.box is not None:
            pair = self._covered(rng, pair, plan.search)
        return with_border(rng, pair) if rng.random() < _BORDER_CHANCE else pair

    def _from_clip(self, rng: np.random.Generator, plan: Plan) -> Pair:
        """Two moments, each in its own frame."""
        clip = self._clip(rng)
        first = int(rng.integers(len(clip)))
        reach = np.clip(abs(rng.normal(0, _CLIP_REACH)), 1, _LONGEST_CLIP_REACH) * rng.choice([-1, 1])
        second = int(np.clip(first + int(reach), 0, len(clip) - 1))
        if rng.random() < _UPRIGHT_CHANCE:
            is_mirrored = bool(rng.random() < 0.5)
            search = Pose(rng.normal(0, 0.05), 0.0, rng.normal(0, 0.05), is_mirrored)
            plan = plan.posed(Pose(is_mirrored=is_mirrored), search)
        one, two = clip[first], clip[second]
        matrix = plan.search.matrix(two.outline)
        return Pair(
            self._seen(rng, one.frame, plan.template.matrix(one.outline), TEMPLATE_SIDE),
            self._seen(rng, two.frame, matrix, SEARCH_SIDE),
            two.box(matrix),
        )

    def _pasted(self, rng: np.random.Generator, plan: Plan) -> Pair:
        """An object, of a photograph or at two moments of a clip, over one background or two."""
        first, second = self._looks(rng)
        outlines = first.outline, second.outline
        if first is second and rng.random() < PASTED_PART_CHANCE:
            outlines = (_part_corners(rng, first.outline),) * 2
            plan = _nearly_upright(rng, plan)
        template, search = self._backgrounds(rng)
        above: list[tuple[PicturedObject, Matrix]] = []
        for other, matrix in self._others(rng, plan.search, first.group):
            if rng.random() < _BELOW_CHANCE:
                search = other.pasted_on(search, matrix)
            else:
                above.append((other, matrix))
        if rng.random() < _NEIGHBOUR_CHANCE:
            template = self._with_neighbour(rng, template, plan.template)
        template = first.pasted_on(template, plan.template.matrix(outlines[0]))
        box = None
        if rng.random() >= _ABSENT_CHANCE:
            matrix = plan.search.matrix(outlines[1])
            search, box = second.pasted_on(search, matrix), bounds(outlines[1], matrix)
        for other, matrix in above:
            search = other.pasted_on(search, matrix)
        return Pair(template, search, box)

    def _looks(self, rng: np.random.Generator) -> tuple[PicturedObject, PicturedObject]:
        """At one object."""
        if self._material.clips and rng.random() < _CLIP_OBJECT_CHANCE:
            clip = self._clip(rng)
            first = int(rng.integers(len(clip)))
            return clip[first], clip[int(np.clip(first + rng.normal(0, _PASTED_REACH), 0, len(clip) - 1))]
        pictured = self._object(rng)
        return pictured, pictured

    def _backgrounds(self, rng: np.random.Generator) -> tuple[Frame, Frame]:
        """For template and search, often the same from a camera that moved a little."""
        frame = self._photograph(rng)
        scale, center = _drawn_view(rng, frame)
        template = _view(rng, frame, TEMPLATE_SIDE, scale, center)
        if rng.random() < _SAME_BACKGROUND_CHANCE:
            scale, (x, y) = scale * np.exp(rng.normal(0, 0.15)), np.array(center) + rng.normal(0, 20, 2)
            return template, _view(rng, frame, SEARCH_SIDE, scale, (x, y))
        return template, self._background(rng, SEARCH_SIDE)

    def _background(self, rng: np.random.Generator, side: int) -> Frame:
        frame = self._photograph(rng)
        return _view(rng, frame, side, *_drawn_view(rng, frame))

    def _others(self, rng: np.random.Generator, target: Place, group: str) -> list[tuple[PicturedObject, Matrix]]:
        """Other objects of about the target's size, away from its middle, often of its group."""
        others = []
        for _ in range(int(rng.choice(len(_OTHER_COUNTS), p=_OTHER_COUNTS))):
            like = self._groups.get(group)
            other = like[rng.integers(len(like))] if like and rng.random() < _LIKE_CHANCE else self._object(rng)
            x, y = rng.uniform(20, SEARCH_SIDE - 20, 2)
            if np.hypot(x - target.center[0], y - target.center[1]) < 0.7 * target.side:
                continue
            angle = target.pose.angle + rng.normal(0, 0.2)
            pose = Pose(angle, 0.0, rng.normal(0, 0.1), bool(rng.random() < 0.5))
            place = Place(pose, target.side * float(np.exp(rng.normal(0, 0.2))), (x, y))
            others.append((other, place.matrix(other.outline)))
        return others

    def _with_neighbour(self, rng: np.random.Generator, template: Frame, target: Place) -> Frame:
        """Something that reaches into the template's corner."""
        other = self._object(rng)
        pose = Pose(rng.normal(0, 0.2), is_mirrored=bool(rng.random() < 0.5))
        x, y = np.array(target.center) + rng.choice([-1, 1], 2) * rng.uniform(45, 70, 2)
        return other.pasted_on(template, Place(pose, target.side, (x, y)).matrix(other.outline))

    def _in_photograph(self, rng: np.random.Generator, plan: Plan) -> Pair:
        """A photograph's own object where it is, or a part of it."""
        pictured = self._object(rng)
        if rng.random() >= CONTEXT_PART_CHANCE:
            return self._in_context(rng, plan, pictured.frame, pictured.outline)
        corners = _part_corners(rng, pictured.outline)
        return self._in_context(rng, _nearly_upright(rng, plan), pictured.frame, corners)

    def _in_context(self, rng: np.random.Generator, plan: Plan, frame: Frame, outline: Points) -> Pair:
        """An outlined part of a photograph, moved with all that is around it."""
        matrix = plan.search.matrix(outline)
        return Pair(
            self._seen(rng, frame, plan.template.matrix(outline), TEMPLATE_SIDE),
            self._seen(rng, frame, matrix, SEARCH_SIDE),
            bounds(outline, matrix),
        )

    def _texture(self, rng: np.random.Generator, plan: Plan) -> Pair:
        """A box of a photograph, nearly upright."""
        frame = self._photograph(rng)
        return self._in_context(rng, _nearly_upright(rng, plan), frame, _textured_corners(rng, frame))

    def _seen(self, rng: np.random.Generator, frame: Frame, matrix: Matrix, side: int) -> Frame:
        """A whole frame moved; beyond it grey, or another picture."""
        size = (side, side)
        if rng.random() < _GREY_PADDING_CHANCE:
            return warped(frame, matrix, size, border=cv2.BORDER_CONSTANT)
        mask = warped(np.full(frame.shape[:2], 255, np.uint8), matrix, size, border=cv2.BORDER_CONSTANT)
        pixels = warped(frame, matrix, size, border=cv2.BORDER_REPLICATE)
        return blended(self._background(rng, side), pixels, mask)

    def _covered(self, rng: np.random.Generator, pair: Pair, target: Place) -> Pair:
        """Something in front of a part of the object."""
        other, angle = self._object(rng), rng.uniform(0, 2 * np.pi)
        side = target.side * rng.uniform(0.3, 0.6)
        reach = target.side * rng.uniform(0.25, 0.6)
        center = (target.center[0] + np.cos(angle) * reach, target.center[1] + np.sin(angle) * reach)
        place = Place(Pose(rng.normal(0, 0.5), 0.0, rng.normal(0, 0.3)), side, center)
        return replace(pair, search=other.pasted_on(pair.search, place.matrix(other.outline)))

    def _photograph(self, rng: np.random.Generator) -> Frame:
        return self._material.photographs[rng.integers(len(self._material.photographs))].pixels

    def _object(self, rng: np.random.Generator) -> PicturedObject:
        return self._material.objects[rng.integers(len(self._material.objects))]

    def _clip(self, rng: np.random.Generator) -> tuple[PicturedObject, ...]:
        return self._material.clips[rng.integers(len(self._material.clips))]


def with_border(rng: np.random.Generator, pair: Pair) -> Pair:
    """The frame ends within the search region; an object whose middle is outside is not there."""
    depth, edge = int(rng.integers(5, 90)), int(rng.integers(4))
    search = pair.search.copy()
    (search[:depth], search[-depth:], search[:, :depth], search[:, -depth:])[edge][:] = PADDING
    if pair.box is None:
        return Pair(pair.template, search, None)
    x, y = pair.box.center
    is_outside = (y, SEARCH_SIDE - y, x, SEARCH_SIDE - x)[edge] < depth
    return Pair(pair.template, search, None if is_outside else pair.box)


def _drawn_view(rng: np.random.Generator, frame: Frame) -> tuple[float, Point]:
    """Scale and middle of a background."""
    height, width = frame.shape[:2]
    scale = float(np.exp(rng.uniform(-0.2, 0.7)))
    return scale, (rng.uniform(0.2, 0.8) * width, rng.uniform(0.2, 0.8) * height)


def _view(rng: np.random.Generator, frame: Frame, side: int, scale: float, center: Point) -> Frame:
    """A background, mirrored at the picture's edges."""
    turned = scale * Pose(rng.normal(0, 0.05)).matrix()
    return warped(frame, around(turned, center, (side / 2, side / 2)), (side, side))


def _nearly_upright(rng: np.random.Generator, plan: Plan) -> Plan:
    """The same for boxes that have no outline to turn: their corners would soon hold something else."""
    is_mirrored = bool(rng.random() < 0.5)
    search = Pose(rng.normal(0, 0.06), rng.normal(0, 0.04), rng.normal(0, 0.1), is_mirrored)
    return plan.posed(Pose(is_mirrored=is_mirrored), search)


def _part_corners(rng: np.random.Generator, outline: Points) -> Points:
    """Of a box inside an outline's bounds, a third to nearly all of either side."""
    low, high = outline.min(axis=0), outline.max(axis=0)
    share = rng.uniform(0.35, 0.85, 2)
    first = low + rng.uniform(0, 1 - share) * (high - low)
    last = first + share * (high - low)
    return np.array([first, [last[0], first[1]], [first[0], last[1]], last])


def _textured_corners(rng: np.random.Generator, frame: Frame) -> Points:
    """Of a box inside the frame, with something in it if that is found soon."""
    height, width = frame.shape[:2]
    corners = np.zeros((4, 2))
    for _ in range(_TRIES):
        side = np.exp(rng.uniform(np.log(0.15), np.log(0.45))) * min(width, height)
        stretch = np.exp(rng.uniform(-0.4, 0.4))
        w, h = side * stretch, side / stretch
        x, y = rng.uniform(0, width - w), rng.uniform(0, height - h)
        corners = np.array([[x, y], [x + w, y], [x, y + h], [x + w, y + h]])
        if frame[int(y) : int(y + h), int(x) : int(x + w)].std() > _PLAIN:
            break
    return corners
