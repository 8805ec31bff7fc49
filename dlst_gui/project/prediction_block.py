"""Predictions of one track on some frames, as arrays: what crosses into the project and into its file.

As bytes (little endian, no padding): the header `HEADER` (magic, version, bytes per row, number of rows), then the
frame indices as int32, then the rows as `ROW` says.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntFlag
from struct import Struct
from struct import error as StructError  # noqa: N812 - a class, by its looks

import numpy as np
from numpy.typing import NDArray

from dlst_gui.project.tracks import LAST_FRAME, Prediction
from tracker_core import Box, UpdateKind

ROW = np.dtype(
    [
        ("box", "<f8", (4,)),  # x, y, width, height; pixels
        ("score", "<f4"),
        ("disagreement", "<f4"),  # NaN: one pass only
        ("run_id", "<i4"),
        ("flags", "u1"),  # RowFlag
        ("update", "u1"),  # position in UPDATES
    ]
)
HEADER = Struct("<4sHHI")
MAGIC = b"DLPB"
VERSION = 1
UPDATES = (  # positions are written to files: new kinds go to the end
    UpdateKind.NONE,
    UpdateKind.FIRST_FRAME,
    UpdateKind.SHORT_TERM,
    UpdateKind.LONG_TERM,
    UpdateKind.CORRECTION,
)


class RowFlag(IntFlag):
    """What is known about a row besides its numbers; a row of zeros is no prediction."""

    PRESENT = 1
    FOUND = 2
    SUPERSEDED = 4


@dataclass(frozen=True, slots=True, eq=False)
class PredictionBlock:
    """Predictions by ascending frame index; equal where the bytes are.

    Attributes:
        frame_indices: (n,) int32, strictly ascending.
        rows: (n,) of `ROW`, each one present.
    """

    frame_indices: NDArray[np.int32]
    rows: NDArray[np.void]

    def __post_init__(self) -> None:
        indices = np.array(self.frame_indices, dtype="<i4")
        rows = np.array(self.rows, dtype=ROW)
        _check(indices, rows)
        for name, values in (("frame_indices", indices), ("rows", rows)):
            values.setflags(write=False)
            object.__setattr__(self, name, values)

    @classmethod
    def of_checked(cls, frame_indices: NDArray[np.int32], rows: NDArray[np.void]) -> PredictionBlock:
        """From arrays that nobody else writes, taken from other blocks: they are neither copied nor checked."""
        block = object.__new__(cls)
        for name, values in (("frame_indices", frame_indices), ("rows", rows)):
            values.setflags(write=False)
            object.__setattr__(block, name, values)
        return block

    @classmethod
    def of(cls, predictions: Iterable[Prediction]) -> PredictionBlock:
        """Pack predictions, in any order; ValueError for two of one frame."""
        ordered = sorted(predictions, key=lambda prediction: prediction.frame_index)
        rows = np.zeros(len(ordered), dtype=ROW)
        for row, made in zip(rows, ordered, strict=True):
            found = RowFlag.FOUND if made.is_found else 0
            superseded = RowFlag.SUPERSEDED if made.is_superseded else 0
            row["box"] = made.box.xywh
            row["score"] = made.score
            row["disagreement"] = made.disagreement
            row["run_id"] = made.run_id
            row["flags"] = RowFlag.PRESENT | found | superseded
            row["update"] = UPDATES.index(made.update)
        return cls(np.array([made.frame_index for made in ordered], dtype=np.int32), rows)

    @classmethod
    def empty(cls) -> PredictionBlock:
        """No predictions."""
        return _EMPTY

    @classmethod
    def from_bytes(cls, data: bytes) -> PredictionBlock:
        """Read what `to_bytes` wrote; ValueError where the sizes or the numbers are wrong."""
        try:
            magic, version, row_size, count = HEADER.unpack_from(data)
        except StructError as error:
            raise ValueError(f"predictions need a header of {HEADER.size} bytes, got {len(data)}") from error
        if (magic, version, row_size) != (MAGIC, VERSION, ROW.itemsize):
            raise ValueError(
                f"predictions of an unknown kind: {magic!r}, version {version}, {row_size} bytes per row"
            )
        expected = HEADER.size + count * (4 + ROW.itemsize)
        if len(data) != expected:
            raise ValueError(f"{count} predictions take {expected} bytes, got {len(data)}")
        indices = np.frombuffer(data, dtype="<i4", count=count, offset=HEADER.size)
        rows = np.frombuffer(data, dtype=ROW, offset=HEADER.size + 4 * count)
        _check(indices, rows)
        return cls.of_checked(indices, rows)

    def to_bytes(self) -> bytes:
        """The module's docstring says how."""
        header = HEADER.pack(MAGIC, VERSION, ROW.itemsize, len(self))
        return header + self.frame_indices.tobytes() + self.rows.tobytes()

    def predictions(self) -> tuple[Prediction, ...]:
        """One record per row: for a few rows, not for a whole track."""
        return tuple(
            prediction_of(int(index), row) for index, row in zip(self.frame_indices, self.rows, strict=True)
        )

    def where(self, mask: NDArray[np.bool_]) -> PredictionBlock:
        """The rows that an (n,) mask picks."""
        return PredictionBlock.of_checked(self.frame_indices[mask], self.rows[mask])

    def between(self, first: int, last: int) -> PredictionBlock:
        """The rows on frames `first` to `last`."""
        low, high = np.searchsorted(self.frame_indices, [first, last + 1])
        return PredictionBlock.of_checked(self.frame_indices[low:high], self.rows[low:high])

    def joined(self, other: PredictionBlock) -> PredictionBlock:
        """Both blocks as one; ValueError where they share a frame."""
        indices = np.concatenate([self.frame_indices, other.frame_indices])
        order = np.argsort(indices, kind="stable")
        return PredictionBlock(indices[order], np.concatenate([self.rows, other.rows])[order])

    def __len__(self) -> int:
        return len(self.frame_indices)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PredictionBlock):
            return NotImplemented
        return np.array_equal(self.frame_indices, other.frame_indices) and bool(
            (_as_bytes(self.rows) == _as_bytes(other.rows)).all()
        )

    def __hash__(self) -> int:
        return hash(self.to_bytes())


def prediction_of(frame_index: int, row: np.void) -> Prediction:
    """One row as a record. Those of equal rows are equal: there is one not-a-number for all."""
    _, score, disagreement, run_id, flags, update = row.item()
    return Prediction(
        frame_index,
        Box(*row["box"].tolist()),
        score,
        bool(flags & RowFlag.FOUND.value),
        run_id,
        UPDATES[update],
        math.nan if math.isnan(disagreement) else disagreement,
        bool(flags & RowFlag.SUPERSEDED.value),
    )


def split_differing(one: PredictionBlock, other: PredictionBlock) -> tuple[PredictionBlock, PredictionBlock]:
    """Both blocks without the rows they have in common."""
    _, at_one, at_other = np.intersect1d(
        one.frame_indices, other.frame_indices, assume_unique=True, return_indices=True
    )
    same = (_as_bytes(one.rows[at_one]) == _as_bytes(other.rows[at_other])).all(axis=1)
    keeps_one, keeps_other = np.ones(len(one), dtype=bool), np.ones(len(other), dtype=bool)
    keeps_one[at_one[same]] = False
    keeps_other[at_other[same]] = False
    return one.where(keeps_one), other.where(keeps_other)


def _as_bytes(rows: NDArray[np.void]) -> NDArray[np.uint8]:
    return rows.view(np.uint8).reshape(len(rows), ROW.itemsize)


def _check(indices: NDArray[np.int32], rows: NDArray[np.void]) -> None:
    if indices.ndim != 1 or indices.shape != rows.shape:
        raise ValueError(f"expected (n,) frame indices and (n,) rows, got {indices.shape} and {rows.shape}")
    if not len(indices):
        return
    boxes, flags, disagreement = rows["box"], rows["flags"], rows["disagreement"]
    problems = (
        ("frame indices that ascend", bool((np.diff(indices) > 0).all())),
        (f"frame indices of 0 to {LAST_FRAME}", indices[0] >= 0 and indices[-1] <= LAST_FRAME),
        ("finite boxes of positive size", bool(np.isfinite(boxes).all() and (boxes[:, 2:] > 0).all())),
        ("finite scores", bool(np.isfinite(rows["score"]).all())),
        (
            "disagreements of 0 to 1, or NaN",
            bool((np.isnan(disagreement) | ((disagreement >= 0) & (disagreement <= 1))).all()),
        ),
        (
            "rows that are present, with known flags",
            bool(((flags & RowFlag.PRESENT) > 0).all() and flags.max() < 8),
        ),
        ("known kinds of updates", bool(rows["update"].max() < len(UPDATES))),
    )
    for expected, is_met in problems:
        if not is_met:
            raise ValueError(f"expected {expected} in the predictions of frames {indices[0]} to {indices[-1]}")


_EMPTY = PredictionBlock(np.empty(0, dtype=np.int32), np.empty(0, dtype=ROW))
