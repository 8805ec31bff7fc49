"""What tracking one object through a video gives, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tracker_core import BoxArray

if TYPE_CHECKING:
    import pandas as pd


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
    """

    frames: NDArray[np.int64]
    timestamps: NDArray[np.float64]
    boxes: BoxArray
    scores: NDArray[np.float64]
    is_found: NDArray[np.bool_]
    notice: str = ""

    def __len__(self) -> int:
        return len(self.frames)

    def __repr__(self) -> str:
        return f"TrackedVideo({len(self)} frames, found in {int(self.is_found.sum())})"

    def to_dataframe(self) -> pd.DataFrame:
        """A row per frame: frame, timestamp_s, x, y, width, height, score, is_found.

        Raises:
            ImportError: pandas is not installed.
        """
        columns = {"frame": self.frames, "timestamp_s": self.timestamps}
        columns |= dict(zip(("x", "y", "width", "height"), self.boxes.T, strict=True))
        return dataframe({**columns, "score": self.scores, "is_found": self.is_found})


def dataframe(columns: dict[str, NDArray[np.generic]]) -> pd.DataFrame:
    """Columns as a table; ImportError, with what to do, where pandas is missing."""
    try:
        import pandas as pd  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ImportError('a DataFrame needs pandas: pip install "dlst-studio[notebook]"') from error
    return pd.DataFrame(columns)
