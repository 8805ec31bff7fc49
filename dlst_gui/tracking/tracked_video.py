"""What tracking one object through a video gives, as arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dlst_gui.exchange.plan import ImageChoice
from dlst_gui.exchange.progress import UNWATCHED, Watch
from dlst_gui.formats.format import WriteOptions
from dlst_gui.formats.transfer.selection import FrameChoice, Selection
from dlst_gui.project.opening import identity_of
from dlst_gui.tracking.headless_run import HeadlessResult
from dlst_gui.video import VideoError, VideoSource, open_source
from dlst_gui.video.video_source import joined_notice
from tracker_core import BoxArray

if TYPE_CHECKING:
    import pandas as pd

    from dlst_gui.exchange.export import ExportReport
    from dlst_gui.exchange.snapshot import ProjectSnapshot
    from dlst_gui.tracking.tracker_factory import TrackerSettings


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TrackedVideo:
    """One row per tracked frame.

    Attributes:
        frames: (n,) int64, 0-based frame numbers.
        timestamps: (n,) float64, seconds since the video's first frame.
        boxes: (n, 4) float64: x, y, width, height in pixels, 0-based.
        scores: (n,) float64; above 0 the object was found. Infinite where a person gave the box.
        is_found: (n,) bool.
        notice: what to know of the video, and why it ended early, such as damage; "" where there is nothing.
        snapshot: makes the project that the window would have; opens the video, where it was or where it is said
            to be now, and raises VideoError.
    """

    frames: NDArray[np.int64]
    timestamps: NDArray[np.float64]
    boxes: BoxArray
    scores: NDArray[np.float64]
    is_found: NDArray[np.bool_]
    notice: str
    snapshot: Callable[[Path | None], ProjectSnapshot]

    @classmethod
    def of(cls, run: HeadlessResult, source: VideoSource, settings: TrackerSettings) -> TrackedVideo:
        """What a run of at least one frame gave, over a source that is open."""
        frames = np.array([each.frame_index for each in run.frames], dtype=np.int64)
        return cls(
            frames,
            np.array([source.timestamp_s(frame_index) for frame_index in frames.tolist()]),
            np.array(run.boxes),
            np.array([each.result.score for each in run.frames]),
            np.array([each.result.is_found for each in run.frames]),
            joined_notice(source.notice, run.message) or "",
            partial(_snapshot, source.path, _shape(source), run, settings),
        )

    def __len__(self) -> int:
        return len(self.frames)

    def __repr__(self) -> str:
        return f"TrackedVideo({len(self)} frames, found in {int(self.is_found.sum())})"

    def export(
        self,
        format_name: str,
        target: Path | str,
        selection: Selection = Selection(frames=FrameChoice.LABELLED),  # noqa: B008 - cannot change
        *,
        images: ImageChoice | None = None,
        options: WriteOptions = WriteOptions(),  # noqa: B008 - cannot change
        watch: Watch = UNWATCHED,
        force: bool = False,
        video: Path | str | None = None,
    ) -> ExportReport:
        """Write the boxes as labels; as `SavedProject.export`, here by default of the tracked frames alone.

        `video` says where the video is now, if it was moved since it was tracked.
        """
        return self.snapshot(None if video is None else Path(video)).export_as(
            format_name, target, selection, images=images, options=options, watch=watch, force=force
        )

    def to_dataframe(self) -> pd.DataFrame:
        """A row per frame: frame, timestamp_s, x, y, width, height, score, is_found.

        Raises:
            ImportError: pandas is not installed.
        """
        columns = {"frame": self.frames, "timestamp_s": self.timestamps}
        columns |= dict(zip(("x", "y", "width", "height"), self.boxes.T, strict=True))
        return dataframe({**columns, "score": self.scores, "is_found": self.is_found})


_Shape = tuple[int, int, int]
"""Frames, width and height of a video."""


def _shape(source: VideoSource) -> _Shape:
    return source.frame_count, source.width, source.height


def _snapshot(
    tracked: Path, shape: _Shape, run: HeadlessResult, settings: TrackerSettings, moved_to: Path | None
) -> ProjectSnapshot:
    from dlst_gui.tracking.run_snapshot import snapshot_of_run  # noqa: PLC0415 - loads torch

    path = moved_to or tracked
    with open_source(path) as source:
        if moved_to is not None and _shape(source) != shape:
            raise VideoError(
                f"{path} is another video than {tracked.name}: {source.frame_count} frames of"
                f" {source.width}x{source.height}, but {shape[0]} of {shape[1]}x{shape[2]} were tracked"
            )
        return snapshot_of_run(source, identity_of(source, path), run.frames, settings)


def dataframe(columns: dict[str, NDArray[np.generic]]) -> pd.DataFrame:
    """Columns as a table; ImportError, with what to do, where pandas is missing."""
    try:
        import pandas as pd  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ImportError('a DataFrame needs pandas: pip install "dlst-studio[notebook]"') from error
    return pd.DataFrame(columns)
