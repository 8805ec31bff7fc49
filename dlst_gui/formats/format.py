"""What every label format says about itself, and what it offers: a writer, a reader, and how to recognise it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

from dlst_gui.formats.labels.model import AnnotatedVideo, LabelSet
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions


class Shape(Enum):
    """Which four numbers a box is."""

    LEFT_TOP_SIZE = "left, top, width, height"
    EDGES = "left, top, right, bottom edges"
    INCLUSIVE_CORNERS = "first and last pixel, both included"
    CENTRE_SIZE = "centre, width, height"


class Unit(Enum):
    """What the numbers count."""

    PIXELS = "pixels"
    FRACTIONS = "fractions of the image, 0 to 1"
    PERCENT = "percent of the image"


@dataclass(frozen=True, slots=True)
class Convention:
    """How a format writes boxes, for the export dialog and the table of formats.

    Attributes:
        first_pixel: the number of the first pixel, 0 or 1; 0 also for fractions and percent.
        frames: how a frame is named, in words: "line 1 is the first frame", "counted from 0".
        absent: what stands for a frame without the object.
        precision: how exactly numbers are written, in words.
        is_renumbered: whether frames are numbered among those exported; else by their place in the video.
    """

    first_pixel: int
    shape: Shape
    unit: Unit
    frames: str
    absent: str
    precision: str
    is_renumbered: bool = False

    def words(self) -> str:
        """The convention as one sentence for people."""
        origin = f", the first pixel is {self.first_pixel}" if self.unit is Unit.PIXELS else ""
        return (
            f"{self.shape.value} in {self.unit.value}{origin}; {self.precision}; frames: {self.frames}; "
            f"absent: {self.absent}"
        )


class Identity(Enum):
    """What a format knows of which boxes belong to one object."""

    IDS = "track ids"
    ORDER = "tracks, without ids"
    NONE = "single boxes"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a format can hold; what it cannot is lost in it.

    Attributes:
        absence: that an object is not on a frame, told apart from a frame nobody labelled.
        sub_pixel: fractions of a pixel.
        keyframes: which boxes a person gave; readers interpolate the others.
        sources: where each box comes from, and in which run.
        attributes: what is said of objects ...
        box_attributes: ... and of single boxes.
        labels: any label; else those of `classes`, or none.
        classes: the labels that a format has numbers for, where it has no others.
        shapes: kinds of shapes that are written instead of the box around them.
    """

    identity: Identity
    labels: bool
    absence: bool
    occlusion: bool
    sub_pixel: bool
    scores: bool = False
    keyframes: bool = False
    sources: bool = False
    attributes: bool = False
    box_attributes: bool = True
    shapes: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """What can be chosen about a file.

    Attributes:
        sub_pixel: fractions of a pixel, where the format can hold them; else whole pixels, edges rounded.
        image_suffix: of the images that will lie beside the labels; "": that of an open folder's images, or .jpg.
        track_ids: in YOLO: a sixth number per line, which some readers refuse.
        keyframes_within_px: where readers draw lines between keyframes: only so many are written that no edge of a
            box is further off its line; 0: every box that a line does not give exactly.
    """

    sub_pixel: bool = True
    image_suffix: str = ""
    track_ids: bool = False
    keyframes_within_px: float = 0.0

    @property
    def suffix(self) -> str:
        """Of images that are numbered one after the other."""
        return self.image_suffix or ".jpg"


class Write(Protocol):
    """A writer of label files."""

    def __call__(self, labels: LabelSet, path: Path, options: WriteOptions, tick: Tick = untold, /) -> None:
        """Write a new file or folder; `tick` hears how far it is, and may end it by raising."""


class Read(Protocol):
    """A reader of label files."""

    def __call__(
        self,
        path: Path,
        video: AnnotatedVideo,
        tick: Tick = untold,
        options: ReadOptions = AS_THE_FILE_SAYS,
        /,
    ) -> LabelSet:
        """Read a file or folder; `tick` hears how far it is, and may end it by raising."""


class LooksLike(Protocol):
    """Recognises the label files of a format."""

    def __call__(self, path: Path, tick: Tick = untold, /) -> bool:
        """Whether a file or folder is of the format; `tick` hears how far it is, and may end it by raising."""


ImagePaths = Callable[[LabelSet, int, WriteOptions], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class LabelReader:
    """A label format that is read, and perhaps written.

    Attributes:
        name: for the command line.
        title: for people.
        convention: how its boxes are written.
        read: raises FormatError for everything that is wrong with a file.
        looks_like: whether the content of a file or folder is of this format; raises nothing.
    """

    name: str
    title: str
    convention: Convention
    read: Read
    looks_like: LooksLike


@dataclass(frozen=True, slots=True)
class Format(LabelReader):
    """A label format that is read and written.

    Attributes:
        suffix: of its file; "" where it is a folder.
        can_hold: what it keeps besides boxes.
        write: writes into a new file, or into a folder that it makes. All or nothing is the caller's business.
            Raises FormatError where the labels do not fit the format, OSError where the disk refuses.
        resolution_px: the largest distance between an edge that is written and the same edge read back.
        image_paths: where the images of a frame belong, beside the labels, by its position among the frames
            exported: several where each track has a folder of its own. None: the format wants no images.
        file_suffix: of a folder's format, the ending under which a single track may be written as a file alone.
        interpolates: whether its readers draw lines between keyframes, so that boxes may be left out.
    """

    suffix: str
    can_hold: Capabilities
    write: Write
    resolution_px: Callable[[AnnotatedVideo, WriteOptions], float]
    image_paths: ImagePaths | None = None
    file_suffix: str | None = None
    interpolates: bool = False

    @property
    def is_folder(self) -> bool:
        return not self.suffix

    def is_folder_at(self, target: Path) -> bool:
        """Whether an export to `target` is a folder: not where its name says that one file is wanted."""
        return self.is_folder and target.suffix.lower() != self.file_suffix

    @property
    def wants_images(self) -> bool:
        return self.image_paths is not None
