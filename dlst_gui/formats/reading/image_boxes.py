"""Boxes of images in the order in which a file has them, until all images are known and with them the frames."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from dlst_gui import limits
from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.labels.model import OCCLUDED_CODE, UNNAMED, AnnotatedVideo, Gaps, LabelSet
from dlst_gui.formats.progress import Tick
from dlst_gui.formats.read_options import ReadOptions
from dlst_gui.formats.reading.image_names import frames_covered, frames_of_images
from dlst_gui.formats.reading.kept_shapes import KeptShapes
from dlst_gui.formats.reading.label_builder import LabelBuilder, covering
from dlst_gui.formats.reading.track_columns import BoxRows
from dlst_gui.formats.reading_report import ReadingReport

NO_TRACK = -1


class ImageBoxes:
    """Gathers images and their boxes.

    Args:
        path: the file or folder, for messages.
        unit: what places count.

    Attributes:
        path: the file or folder.
        report: what became of the boxes so far.
        shapes: keeps what the boxes stand for.
    """

    def __init__(self, path: Path, unit: str) -> None:
        self.path = path
        self._unit = unit
        self._names: list[str] = []
        self._image_of = array("q")
        self._labels = array("q")
        self._known: dict[str, int] = {}
        self._tracks = array("q")
        self._tracks_by_text: dict[str, int] = {}
        self._boxes = array("d")
        self._scores = array("d")
        self._occluded = array("B")
        self._places = array("q")
        self._attributes: dict[int, Mapping[str, str]] = {}
        self.report = ReadingReport()
        self.shapes = KeptShapes(self.report)

    @property
    def count(self) -> int:
        """How many boxes there are."""
        return len(self._places)

    def begin_image(self, name: str) -> None:
        """Boxes that follow are on this image."""
        self._names.append(name)
        if len(self._names) > limits.MOST_FRAMES:
            raise FormatError(self.path, f"expected at most {limits.MOST_FRAMES:,} images, there are more")

    def add(
        self,
        xywh: Sequence[float],
        label: str,
        *,
        place: int,
        track_id: int = NO_TRACK,
        score: float = math.nan,
        is_occluded: bool = False,
        attributes: Mapping[str, str] | None = None,
    ) -> None:
        """A box of the latest image; without a track id it has none."""
        if len(self._places) == limits.MOST_BOXES:
            raise FormatError(self.path, f"expected at most {limits.MOST_BOXES} boxes, there are more")
        if attributes:
            self._attributes[len(self._places)] = attributes
        self._image_of.append(len(self._names) - 1)
        self._labels.append(self._known.setdefault(label or UNNAMED, len(self._known)))
        self._tracks.append(track_id)
        self._boxes.extend(xywh)
        self._scores.append(score)
        self._occluded.append(is_occluded)
        self._places.append(place)

    def track_of(self, text: str) -> int:
        """A track id for an id that need not be a number; "" has none."""
        if not text:
            return NO_TRACK
        if text.isdecimal() and text.isascii() and len(text) < 10:
            return int(text)
        return self._tracks_by_text.setdefault(text, len(self._tracks_by_text) + 1)

    def labels(
        self, video: AnnotatedVideo, options: ReadOptions, tick: Tick, frames: Mapping[str, int] | None = None
    ) -> LabelSet:
        """Everything; frames by the names of images where they are not given."""
        if frames is None:
            frames = frames_of_images(self.path, self._names, video, options, self.report)
        covered = covering(video, frames_covered(frames, video))
        built = LabelBuilder(self.path, covered, self._unit, options=options, report=self.report, first_id=0)
        indices = np.array([frames[name] for name in self._names], dtype=np.int64)
        if len(self._places):
            built.add_rows(
                BoxRows(
                    np.array(self._tracks, dtype=np.int64),
                    np.array(self._labels, dtype=np.intp),
                    tuple(self._known),
                    indices[np.array(self._image_of, dtype=np.intp)],
                    np.array(self._boxes, dtype=np.float64).reshape(-1, 4),
                    np.array(self._places, dtype=np.int64),
                    np.where(np.array(self._occluded, dtype=bool), OCCLUDED_CODE, 0).astype(np.uint8),
                    np.array(self._scores, dtype=np.float64),
                    attributes=self._attributes or None,
                )
            )
        return built.labels(Gaps.ABSENT, tick=tick)
