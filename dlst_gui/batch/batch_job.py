"""What is to be done: videos, the objects in them, and what tracks these."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from dlst_gui.tracking.tracker_factory import TrackerSettings

Xywh = tuple[float, float, float, float]
"""x, y, width, height in 0-based pixels."""


class BoxesTaken(Enum):
    """Which boxes of a label file are taken as manual ones; the value is what a table says."""

    FIRST = "first"  # of each object the first one, to be followed from there
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Target:
    """What one row asks for: an object, or all those of a label file or a project.

    Attributes:
        place: of the row, for messages: "jobs.csv, line 4".
        settings: what tracks, and its seed.
        box: on `first_frame`; None: from `labels`, else from what belongs to the video.
        first_frame: 0-based; of a label file or project, what lies before is left out.
        last_frame: inclusive; None: the video's last.
        label: of the object; "" where the file or project says it, else "object".
        labels: file, folder or zip of labels; None: none is named.
        labels_format: as `dlst formats` names it; "": by the content.
    """

    place: str
    settings: TrackerSettings
    box: Xywh | None = None
    first_frame: int = 0
    last_frame: int | None = None
    label: str = ""
    labels: Path | None = None
    labels_format: str = ""
    taken: BoxesTaken = BoxesTaken.FIRST


@dataclass(frozen=True, slots=True)
class BatchJob:
    """One video, of which one project is made.

    Attributes:
        name: of what is made for it, without an ending; another one for each job.
        video: file, folder of images or sequence folder; absolute.
        targets: at least one.
        project: that goes on to be tracked from its manual boxes; None: a new one is begun.
        is_in_place: the boxes go into `project` itself, or where the window would look for one.
    """

    name: str
    video: Path
    targets: tuple[Target, ...]
    project: Path | None = None
    is_in_place: bool = False


class BatchError(Exception):
    """A batch that cannot be done as asked; the message is for the user and says what to do."""
