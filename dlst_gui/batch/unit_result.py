"""What a unit gave, as bytes: how it crosses between machines and lies on the disk. Never a pickle.

A line of JSON, `{"dlst_unit": 1, "key": ..., "sha256": ...}`, and the rows. What is cut short is not read.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from dlst_gui.project.prediction_block import UPDATES
from dlst_gui.tracking.tracking_run import FrameTracked
from tracker_core import Box, TrackResult

_VERSION = 1
_LONGEST_PROBLEM = 1000
"""Characters, of which JSON takes up to twelve for each."""
_LONGEST_HEADER = 16_384
_ROW = np.dtype(
    [
        ("frame_index", "<i4"),
        ("box", "<f8", (4,)),  # x, y, width, height; pixels
        ("score", "<f8"),  # infinity where a person gave the box
        ("is_found", "u1"),
        ("update", "u1"),  # position in UPDATES
    ]
)


@dataclass(frozen=True, slots=True, eq=False)
class UnitResult:
    """The frames of a unit, in the order in which they were tracked, without its first one, whose box was given.

    Attributes:
        key: of the unit.
        rows: of `_ROW`.
        seconds: that the tracker computed, without the first frame.
        problem: why it ended early, such as damage; "" where it did not.
    """

    key: str
    rows: NDArray[np.void]
    seconds: float
    problem: str = ""

    @classmethod
    def of(cls, key: str, frames: Sequence[FrameTracked], problem: str) -> UnitResult:
        """From the frames of a run, the first of which has the manual box."""
        tracked = frames[1:]
        rows = np.zeros(len(tracked), dtype=_ROW)
        for row, each in zip(rows, tracked, strict=True):
            row["frame_index"] = each.frame_index
            row["box"] = each.result.box.xywh
            row["score"] = each.result.score
            row["is_found"] = each.result.is_found
            row["update"] = UPDATES.index(each.result.update)
        return cls(key, rows, math.fsum(each.elapsed_s for each in tracked), problem)

    def results(self) -> dict[int, TrackResult]:
        """By frame, as a tracker gave them."""
        return {
            int(row["frame_index"]): TrackResult(
                Box(*row["box"].tolist()),
                float(row["score"]),
                bool(row["is_found"]),
                update=UPDATES[int(row["update"])],
            )
            for row in self.rows
        }

    def to_bytes(self) -> bytes:
        """The module's docstring says how."""
        content = self.rows.tobytes()
        header = {
            "dlst_unit": _VERSION,
            "key": self.key,
            "seconds": self.seconds,
            "problem": self.problem[:_LONGEST_PROBLEM],
            "sha256": sha256(content).hexdigest(),
        }
        return json.dumps(header).encode() + b"\n" + content

    @classmethod
    def from_bytes(cls, data: bytes, key: str) -> UnitResult:
        """What `to_bytes` wrote of the unit of this key; ValueError where it is something else, or damaged."""
        line, _, content = data.partition(b"\n")
        header = json.loads(line) if len(line) <= _LONGEST_HEADER else None
        if not isinstance(header, dict) or (header.get("dlst_unit"), header.get("key")) != (_VERSION, key):
            raise ValueError("it is of another unit")
        if header.get("sha256") != sha256(content).hexdigest() or len(content) % _ROW.itemsize:
            raise ValueError("it is damaged")
        rows = np.frombuffer(content, dtype=_ROW)
        if len(rows) and int(rows["update"].max()) >= len(UPDATES):
            raise ValueError("it holds an unknown kind of update")
        return cls(key, rows, float(header["seconds"]), str(header["problem"]))
