"""What a reader does with a shape that is no upright box: the box that encloses it, and the shape beside it.

What is kept is counted by `LabelBuilder` once it is on a track; of what only the box is kept, here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dlst_gui import limits
from dlst_gui.formats.labels.model import NO_ATTRIBUTES, AnnotatedVideo
from dlst_gui.formats.labels.original_shape import ATTRIBUTE, MASK, OriginalShape
from dlst_gui.formats.reading_report import ReadingReport
from dlst_gui.formats.syntax.json_input import Json
from dlst_gui.formats.syntax.masks import Xywh, coco_box, coco_counts, mask_from_coco

_LARGEST_NUMBER = 1e300


class KeptShapes:
    """Shapes of one import, bounded.

    Args:
        report: counts them.
    """

    def __init__(self, report: ReadingReport) -> None:
        self._report = report
        self._characters = 0
        self._pixels = 0

    def keep(self, shape: OriginalShape, kind: str | None = None) -> Mapping[str, str]:
        """The attributes of the box for it: the shape, or nothing where it is too large.

        Args:
            shape: as the file has it.
            kind: what the report calls it; None: by the name of its kind.
        """
        name = kind or shape.kind
        if min(shape.enclosing()[2:]) <= 0:
            return NO_ATTRIBUTES  # its box is skipped
        # Digits take more room than numbers do in memory, so what is far too long need not be written down.
        if sum(map(len, shape.parts)) * 2 > limits.LONGEST_SHAPE:
            return self.only_box(name)
        text = shape.text()
        self._characters += len(text)
        if len(text) > limits.LONGEST_SHAPE or self._characters > limits.LARGEST_SHAPES:
            self._characters -= len(text)
            return self.only_box(name)
        return {ATTRIBUTE: text}

    def keep_coco(self, counts: Sequence[int], height: int, around: Xywh, box: Xywh) -> Mapping[str, str]:
        """The same of COCO's counts in an image of this height.

        Args:
            counts: column after column.
            height: of the image.
            around: what `coco_box` gives of them.
            box: the annotation's own.
        """
        self._pixels += int(around[2]) * int(around[3])
        if self._pixels > limits.MOST_MASK_PIXELS or len(counts) > limits.LONGEST_SHAPE:
            return self.only_box(MASK)
        mask = mask_from_coco(counts, height, around)
        return self.keep(OriginalShape(MASK, (tuple(mask),)).in_box(box))

    def keep_mask(self, counts: Sequence[int], height: int) -> tuple[Xywh, Mapping[str, str]] | None:
        """The box around COCO's counts, and what is kept; None where they are empty."""
        around = coco_box(counts, height)
        return None if around is None else (around, self.keep_coco(counts, height, around, around))

    def only_box(self, kind: str) -> Mapping[str, str]:
        """Of a shape the box alone stays."""
        self._report.only_boxes[kind] += 1
        return NO_ATTRIBUTES


def counts_in(value: Mapping[str, Json], video: AnnotatedVideo) -> list[int] | None:
    """The counts of a mask as COCO and its kin write it; None where it has not the size of the video's frames."""
    said = value.get("counts")
    if value.get("size") != [video.height, video.width]:
        return None
    if isinstance(said, str):
        counts = coco_counts(said)
    else:
        numbers = numbers_in(said)
        is_whole = bool(numbers) and all(number == int(number) for number in numbers)
        counts = [int(number) for number in numbers] if is_whole else None
    if counts is None or min(counts, default=0) < 0 or sum(counts) > video.width * video.height:
        return None
    return counts


def numbers_in(value: Json) -> tuple[float, ...]:
    """A list of finite numbers; nothing where it is something else."""
    if not isinstance(value, list):
        return ()
    numbers = tuple(each for each in value if isinstance(each, int | float) and not isinstance(each, bool))
    return numbers if len(numbers) == len(value) and all(abs(each) < _LARGEST_NUMBER for each in numbers) else ()
