"""Boxes that another program read, against those of a project."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from dlst_gui.formats.labels.model import LabelSet
from dlst_gui.project.tracks import Visibility
from tests.interop.labelled_project import HEIGHT, WIDTH


@dataclass(frozen=True, slots=True)
class ReadBox:
    """A box as a reader gives it; what the reader does not know is None."""

    frame: int
    track: int | None
    label: str | None
    x: float
    y: float
    width: float
    height: float
    is_occluded: bool | None

    def unchanged(self) -> ReadBox:
        return self

    @staticmethod
    def moved_by(pixels: float, *, frames: int = 0) -> Callable[[ReadBox], ReadBox]:
        """For readers that leave the numbers as they are in the file, counted from 1."""
        return lambda box: replace(box, frame=box.frame + frames, x=box.x + pixels, y=box.y + pixels)

    def of_percent(self) -> ReadBox:
        """From Label Studio's percent, and frames from 1."""
        width, height = WIDTH / 100, HEIGHT / 100
        scaled = replace(self, x=self.x * width, width=self.width * width, y=self.y * height)
        return replace(scaled, frame=self.frame - 1, height=self.height * height)

    def difference_px(self, other: ReadBox) -> float:
        """Of the edge that is farthest off."""
        return max(abs(one - two) for one, two in zip(self._edges(), other._edges(), strict=True))

    def _edges(self) -> tuple[float, float, float, float]:
        return self.x, self.y, self.x + self.width, self.y + self.height


@dataclass(frozen=True, slots=True)
class BoxDifference:
    """How what was read differs.

    Attributes:
        count: boxes that are in both.
        expected: boxes of the project.
        problems: boxes that only one has, and wrong visibilities, in words.
        has_tracks: whether the reader knew the tracks, and `has_labels`, `has_occlusion` of these.
    """

    count: int
    expected: int
    largest_px: float
    problems: tuple[str, ...]
    has_tracks: bool
    has_labels: bool
    has_occlusion: bool

    def known(self) -> str:
        """By what boxes were compared besides their frames and edges."""
        parts = {"track": self.has_tracks, "label": self.has_labels, "occlusion": self.has_occlusion}
        return ", ".join(name for name, is_known in parts.items() if is_known)


def exported_boxes(labels: LabelSet, *, is_renumbered: bool) -> list[ReadBox]:
    """What a reader should have: the project's boxes, without any format's arithmetic.

    Frames are counted in the video, or among those exported where `is_renumbered`.
    """
    made = []
    for position, (index, boxes) in enumerate(labels.by_frame()):
        frame = position if is_renumbered else index
        for track, each in boxes:
            x, y, width, height = each.box.xywh
            is_occluded = each.visibility is Visibility.OCCLUDED
            made.append(ReadBox(frame, track.track_id, track.label, x, y, width, height, is_occluded))
    return made


def compared(ours: Iterable[ReadBox], theirs: list[ReadBox]) -> BoxDifference:
    """Pair boxes of the same frame, track and label; where there are no tracks, the nearest first."""
    has_tracks = all(box.track is not None for box in theirs)
    has_labels = all(box.label is not None for box in theirs)
    has_occlusion = all(box.is_occluded is not None for box in theirs)

    def key(box: ReadBox) -> tuple[int, int | None, str | None]:
        return box.frame, box.track if has_tracks else None, box.label if has_labels else None

    left: dict[tuple[int, int | None, str | None], list[ReadBox]] = defaultdict(list)
    for box in theirs:
        left[key(box)].append(box)
    expected = list(ours)
    largest, count, problems = 0.0, 0, []
    for box in expected:
        near = left[key(box)]
        if not near:
            problems.append(f"missing: {box}")
            continue
        found = min(near, key=box.difference_px)
        near.remove(found)
        count += 1
        largest = max(largest, box.difference_px(found))
        if has_occlusion and found.is_occluded != box.is_occluded:
            problems.append(f"occlusion: {box}, read as {found.is_occluded}")
    problems += [f"not ours: {box}" for boxes in left.values() for box in boxes]
    return BoxDifference(count, len(expected), largest, tuple(problems), has_tracks, has_labels, has_occlusion)
