"""Labels piece by piece: nothing is lost between pieces, and there is a tick before each."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from dlst_gui.formats.format import Format, WriteOptions
from dlst_gui.formats.labels import windows
from dlst_gui.formats.labels.model import AnnotatedVideo, BoxColumns, LabelSet, ObjectTrack
from dlst_gui.formats.labels.windows import frame_windows, track_pieces, track_rows
from dlst_gui.formats.registry import FORMATS
from tests.dlst_gui.formats.test_written_bytes import random_labels

EVERY_FORMAT = pytest.mark.parametrize("label_format", FORMATS, ids=lambda each: each.name)
ROWS = 16


@pytest.fixture
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the labels were many thousand times as long."""
    for name, module in list(sys.modules.items()):
        if name.startswith("dlst_gui.formats.") and hasattr(module, "ROWS_AT_ONCE"):
            monkeypatch.setattr(module, "ROWS_AT_ONCE", ROWS)
    monkeypatch.setattr(windows, "_FRAMES_AT_ONCE", 50)
    monkeypatch.setattr(windows, "_MOST_FRAMES", 64)
    monkeypatch.setattr(windows, "_BOXES_OF_WINDOW", 40)


@pytest.mark.usefixtures("_small_pieces")
@pytest.mark.parametrize("seed", range(3))
def test_frame_windows_when_put_together_then_are_all_boxes_in_order_and_cover_every_frame(seed: int) -> None:
    labels = random_labels(seed)
    expected = [
        (position, index, labels.tracks.index(track), *each.box, each.visibility)
        for position, (index, boxes) in enumerate(labels.by_frame())
        for track, each in boxes
    ]
    pieces = list(frame_windows(labels.tracks, labels.video.frames))
    assert np.concatenate([piece.frames for piece in pieces]).tolist() == labels.video.frames.tolist()
    found = [
        row
        for piece in pieces
        for row in zip(
            piece.positions.tolist(),
            piece.frame_indices.tolist(),
            piece.tracks.tolist(),
            *piece.boxes_xywh.T.tolist(),
            strict=True,
        )
    ]
    assert found == [row[:-1] for row in expected]
    for piece in pieces:
        rows = [range(low, high) for _, low, high in piece.of_each_frame()]
        assert [row for each in rows for row in each] == list(range(len(piece)))
        assert len(piece) < 2 * ROWS + len(labels.tracks)


@pytest.mark.usefixtures("_small_pieces")
def test_track_pieces_when_put_together_then_are_the_tracks() -> None:
    labels = random_labels(1)
    for track, pieces in track_pieces(labels):
        parts = list(pieces)
        assert [str(box) for part in parts for box in part] == [*map(str, track.columns)]
        assert max(map(len, parts)) <= ROWS


@pytest.mark.usefixtures("_small_pieces")
def test_track_rows_when_filled_then_every_frame_has_its_box_or_what_stands_for_none() -> None:
    labels = random_labels(2)
    for number, (_, pieces) in enumerate(track_rows(labels)):
        lines = []
        for rows in pieces:
            lines += rows.filled([str(index) for index in rows.columns.frame_indices.tolist()], "none")
        here = {
            index for index, boxes in labels.by_frame() for track, _ in boxes if track is labels.tracks[number]
        }
        assert lines == [str(index) if index in here else "none" for index in labels.video.frames.tolist()]


@EVERY_FORMAT
@pytest.mark.usefixtures("_small_pieces")
def test_writer_when_labels_are_long_then_ticks_before_every_piece_and_never_goes_back(
    label_format: Format, tmp_path: Path
) -> None:
    labels = random_labels(0)
    told: list[tuple[int, int]] = []
    target = tmp_path / f"labels{label_format.suffix}"
    label_format.write(labels, target, WriteOptions(), lambda done, total: told.append((done, total)))
    keyframe_formats = {"label-studio"}  # leaves out what lies on lines
    if label_format.name not in keyframe_formats:
        assert len(told) >= labels.box_count() / (2 * ROWS)
    shares = [done / total for done, total in told]
    assert all(one <= other for one, other in pairwise(shares))
    assert 0 <= min(shares) <= max(shares) <= 1


class _EndedError(Exception):
    """What a tick raises that wants an end."""


@EVERY_FORMAT
@pytest.mark.usefixtures("_small_pieces")
def test_writer_when_a_tick_raises_then_ends_at_once(label_format: Format, tmp_path: Path) -> None:
    told: list[int] = []

    def tick(done: int, _total: int) -> None:
        told.append(done)
        if len(told) == 5:
            raise _EndedError

    with pytest.raises(_EndedError):
        label_format.write(random_labels(0), tmp_path / f"labels{label_format.suffix}", WriteOptions(), tick)
    assert len(told) == 5


class _Counted:
    """Boxes that are given on demand; remembers how many at once."""

    def __init__(self, columns: BoxColumns, asked: list[int]) -> None:
        self._columns = columns
        self._asked = asked

    def between(self, first: int, last: int) -> BoxColumns:
        found = self._columns.between(first, last)
        self._asked.append(len(found))
        return found

    def noted(self) -> BoxColumns:
        return self._columns.noted()


@pytest.mark.usefixtures("_small_pieces")
@pytest.mark.parametrize("name", ["csv", "jsonl", "mot", "coco", "yolo", "voc", "otb", "kitti"])
def test_writer_when_boxes_come_on_demand_then_never_asks_for_a_whole_track(name: str, tmp_path: Path) -> None:
    asked: list[int] = []
    frames = 400
    columns = BoxColumns(
        np.arange(frames, dtype=np.int32),
        np.tile([1.5, 2.5, 3.5, 4.5], (frames, 1)),
        np.zeros(frames, dtype=np.uint8),
        np.zeros(frames, dtype=np.uint8),
        np.full(frames, np.nan),
        np.zeros(frames, dtype=np.int32),
    )
    video = AnnotatedVideo.whole("clip", size=(640, 480), frame_count=frames, fps=25.0)
    labels = LabelSet(video, (ObjectTrack(1, "dog", _Counted(columns, asked)),))
    label_format = next(each for each in FORMATS if each.name == name)
    label_format.write(labels, tmp_path / f"labels{label_format.suffix}", WriteOptions())
    assert max(asked) <= 64
    assert sum(asked) == frames
