"""An object in a picture: its outline there, and itself cut out, to be laid over other pictures."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from tracker_core.box import Box
from tracker_core.pretraining.errors import PretrainingError
from tracker_core.pretraining.matching.motions import Matrix, Points, bounds, shifted, warped
from tracker_core.pretraining.pictures import Clip, Mask, Photograph, Pictures
from tracker_core.pretraining.warping import CutOut, Point
from tracker_core.tracker import Frame

_MARGIN = 3  # pixels kept around an object, so that its edge has something to blend with
_REACH = 2  # pixels beyond an object's bounds that a blurred edge touches


@dataclass(frozen=True, slots=True, eq=False)
class PicturedObject:
    """A picture and what is in it.

    Attributes:
        frame: the whole picture.
        group: of photographs that show the same kind of thing; "" for a clip's.
        outline: corners of the convex hull of its pixels.
        piece: the object by itself.
        origin: where the piece begins in the picture.
    """

    frame: Frame
    group: str
    outline: Points
    piece: CutOut
    origin: Point

    @classmethod
    def of(cls, frame: Frame, mask: Mask, group: str) -> PicturedObject:
        """Where `mask` is above 127; it has to be somewhere."""
        is_object = np.where(mask > 127, np.uint8(255), np.uint8(0))
        x, y, width, height = cv2.boundingRect(is_object)
        left, top = max(0, x - _MARGIN), max(0, y - _MARGIN)
        around = (slice(top, y + height + _MARGIN), slice(left, x + width + _MARGIN))
        piece = CutOut(frame[around], is_object[around].copy())
        outline = _hull_corners(piece.mask) + np.array([left, top])
        return cls(frame, group, outline, piece, (float(left), float(top)))

    def pasted_on(self, canvas: Frame, matrix: Matrix) -> Frame:
        """The canvas with the object over it; `matrix` leads from the picture to the canvas."""
        height, width = canvas.shape[:2]
        box = bounds(self.outline, matrix)
        left, top = max(0, int(box.x) - _REACH), max(0, int(box.y) - _REACH)
        right, bottom = min(width, int(box.right) + 1 + _REACH), min(height, int(box.bottom) + 1 + _REACH)
        if right <= left or bottom <= top:
            return canvas
        size, from_piece = (right - left, bottom - top), shifted(matrix, self.origin)
        from_piece[:, 2] -= (left, top)
        mask = warped(self.piece.mask, from_piece, size, border=cv2.BORDER_CONSTANT)
        pixels = warped(self.piece.pixels, from_piece, size, border=cv2.BORDER_REPLICATE)
        result = canvas.copy()
        part = result[top:bottom, left:right]
        part[:] = blended(part, pixels, np.asarray(cv2.GaussianBlur(mask, (3, 3), 0), dtype=np.uint8))
        return result

    def box(self, matrix: Matrix) -> Box:
        """Around all of it, also what is covered or outside."""
        return bounds(self.outline, matrix)


def blended(below: Frame, above: Frame, mask: Mask) -> Frame:
    """`above` where the mask is 255, `below` where it is 0."""
    weight = mask[:, :, None].astype(np.float32) / 255
    return np.asarray(below + weight * (above.astype(np.float32) - below) + np.float32(0.5)).astype(np.uint8)


def _hull_corners(mask: Mask) -> Points:
    """Corners of the pixels on the convex hull of a mask."""
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    hull = cv2.convexHull(np.concatenate(contours)).reshape(-1, 2).astype(np.float64)
    return np.concatenate([hull + corner for corner in ((0, 0), (1, 0), (0, 1), (1, 1))])


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What pairs are made of.

    Attributes:
        photographs: all of them, as backgrounds and textures.
        objects: those of photographs.
        clips: the moments of each.
    """

    photographs: tuple[Photograph, ...]
    objects: tuple[PicturedObject, ...]
    clips: tuple[tuple[PicturedObject, ...], ...]

    @classmethod
    def of(cls, pictures: Pictures, masks: dict[int, Mask]) -> Material:
        """`masks` are those of photographs by their number.

        Raises:
            PretrainingError: no photograph has one.
        """
        objects = tuple(
            PicturedObject.of(photograph.pixels, masks[number], photograph.group)
            for number, photograph in enumerate(pictures.photographs)
            if number in masks
        )
        if not objects:
            raise PretrainingError(
                f"expected photographs of objects that stand out from what is around them, found none among "
                f"{len(pictures.photographs)}; add some"
            )
        return cls(pictures.photographs, objects, tuple(_moments(clip) for clip in pictures.clips))


def _moments(clip: Clip) -> tuple[PicturedObject, ...]:
    return tuple(PicturedObject.of(moment.pixels, moment.mask, "") for moment in clip.moments)
