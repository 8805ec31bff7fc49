from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dlst_gui.project import placement
from dlst_gui.project.labels import Label, TrackInfo
from dlst_gui.project.placement import project_path_for
from dlst_gui.project.prediction_block import HEADER, ROW, PredictionBlock, RowFlag
from dlst_gui.project.prediction_pages import PredictionPages
from dlst_gui.project.review import ReviewMark, ReviewSpan, spans_outside
from dlst_gui.project.tracks import Keyframe, Prediction
from dlst_gui.project.video_identity import Fingerprint, MatchKind, compare
from tests.dlst_gui.project.random_edits import VIDEO, block, box_at, prediction
from tracker_core import Box, UpdateKind

PRINTS = (Fingerprint(0, "ab12"), Fingerprint(700, "ffff"))


@pytest.mark.parametrize(
    ("found", "kind", "words"),
    [
        pytest.param(VIDEO, MatchKind.SAME, "", id="same"),
        pytest.param(replace(VIDEO, byte_count=1), MatchKind.SAME, "", id="packed anew"),
        pytest.param(replace(VIDEO, path="/other.mp4"), MatchKind.MOVED, "now at /other.mp4", id="moved"),
        pytest.param(replace(VIDEO, frame_count=9), MatchKind.DIFFERENT, "1100 frames and has 9", id="cut"),
        pytest.param(replace(VIDEO, width=320), MatchKind.DIFFERENT, "640x480 pixels and are 320x480", id="size"),
        pytest.param(replace(VIDEO, fingerprints=PRINTS), MatchKind.DIFFERENT, "pixels on frame 700", id="pixels"),
        pytest.param(replace(VIDEO, fingerprints=()), MatchKind.SAME, "", id="nothing to compare"),
    ],
)
def test_compare_when_a_video_is_found_then_says_what_differs(found, kind: MatchKind, words: str) -> None:
    match = compare(VIDEO, found)
    assert match.kind is kind
    assert words in "; ".join(match.differences)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Keyframe(0, Box(0, 0, 0, 5)),
        lambda: Keyframe(0, Box(math.nan, 0, 5, 5)),
        lambda: Keyframe(-1, box_at(0)),
        lambda: Label("", "#000000"),
        lambda: Label("dog", "red"),
        lambda: TrackInfo(0, "dog", "#000000"),
        lambda: ReviewSpan(5, 4, ReviewMark.BAD),
    ],
)
def test_value_when_it_makes_no_sense_then_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"got|needs|goes"):
        make()


def test_keyframe_when_its_attributes_are_changed_from_outside_then_stays_as_it_is() -> None:
    attributes = {"pose": "left"}
    made = Keyframe(0, box_at(0), attributes=attributes)
    attributes["pose"] = "right"
    assert made == Keyframe(0, box_at(0), attributes={"pose": "left"})


def test_block_when_unpacked_then_gives_the_same_predictions() -> None:
    made = [
        Prediction(4, Box(1.25, 2.5, 3, 4), -1.5, False, 7, UpdateKind.LONG_TERM, 0.5, True),
        Prediction(9, Box(1, 2, 3, 4), 0.25, True, 2, UpdateKind.CORRECTION),
    ]
    packed = PredictionBlock.of(reversed(made))
    assert PredictionBlock.from_bytes(packed.to_bytes()) == packed
    first, second = packed.predictions()
    assert first == made[0]
    assert math.isnan(second.disagreement)
    assert second == made[1], "one not-a-number for all"


BAD_BLOCKS = {
    "two of one frame": lambda: PredictionBlock.of([prediction(3), prediction(3)]),
    "no size": lambda: PredictionBlock.of([replace(prediction(3), box=Box(0, 0, 0, 1))]),
    "score": lambda: PredictionBlock.of([prediction(3, score=math.nan)]),
    "disagreement": lambda: PredictionBlock.of([replace(prediction(3), disagreement=1.5)]),
    "absent row": lambda: PredictionBlock(np.array([1], dtype=np.int32), np.zeros(1, dtype=ROW)),
    "lengths": lambda: PredictionBlock(np.array([1, 2], dtype=np.int32), block(1, 1).rows),
    "frame": lambda: PredictionBlock(np.array([-1], dtype=np.int32), block(1, 1).rows),
}


@pytest.mark.parametrize("make", BAD_BLOCKS.values(), ids=BAD_BLOCKS.keys())
def test_block_when_it_makes_no_sense_then_is_refused(make: Callable[[], PredictionBlock]) -> None:
    with pytest.raises(ValueError, match="expected"):
        make()


GOOD = block(1, 3).to_bytes()
BAD_BYTES = {
    "nothing": b"",
    "header alone": GOOD[: HEADER.size],
    "cut": GOOD[:-1],
    "longer": GOOD + b"x",
    "magic": b"XXXX" + GOOD[4:],
    "version": GOOD[:4] + b"\x09" + GOOD[5:],
    "count": GOOD[:8] + b"\xff\xff\xff\xff" + GOOD[12:],
    "update": GOOD[:-1] + b"\xff",
}


@pytest.mark.parametrize("data", BAD_BYTES.values(), ids=BAD_BYTES.keys())
def test_block_when_bytes_are_wrong_then_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="predictions"):
        PredictionBlock.from_bytes(data)


def test_block_when_made_then_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="read-only"):
        block(1, 3).rows["flags"] = 0


def test_row_when_measured_then_is_as_files_have_it() -> None:
    assert ROW.itemsize == 46
    assert ROW.names == ("box", "score", "disagreement", "run_id", "flags", "update")
    assert [flag.value for flag in RowFlag] == [1, 2, 4]


def test_pages_when_spans_cross_pages_then_nothing_is_missed() -> None:
    pages = PredictionPages()
    pages.put(block(500, 1600))
    pages.set_superseded(((510, 1030),), value=True)
    pages.remove(np.array([505, 1100], dtype=np.int32))
    assert pages.valid_spans(0) == ((500, 504), (506, 509), (1031, 1099), (1101, 1600))
    assert pages.valid_spans(508, 1032) == ((508, 509), (1031, 1032))
    assert pages.are_superseded(((511, 1030),), value=True)
    assert not pages.are_superseded(((509, 1030),), value=True)
    assert pages.last_before(1031) == prediction(509)
    assert pages.last_before(500) is None
    assert pages.block(1098, 1102).frame_indices.tolist() == [1098, 1099, 1101, 1102]
    pages.set_superseded(((510, 1030),), value=False)
    assert pages.block_at(np.array([3, 507, 508, 1100], dtype=np.int32)) == block(507, 508)


def test_spans_outside_when_cut_in_the_middle_then_both_ends_stay() -> None:
    span = ReviewSpan(0, 20, ReviewMark.BAD)
    assert spans_outside((span,), 5, 9) == (replace(span, last=4), replace(span, first=10))
    assert spans_outside((span,), 0, 30) == ()
    assert spans_outside((), 5, 9) == ()


def test_project_path_when_the_folder_takes_files_then_is_beside_the_video(tmp_path: Path) -> None:
    assert project_path_for(tmp_path / "clip.mp4", tmp_path / "data") == tmp_path / "clip.mp4.dlst"
    assert list(tmp_path.iterdir()) == []


def test_project_path_when_the_folder_takes_none_then_never_collides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placement, "takes_files", lambda folder: False)
    videos = [tmp_path / folder / "clip.mp4" for folder in ("a", "b")]
    paths = {project_path_for(video, tmp_path / "data") for video in videos}
    assert len(paths) == 2
    assert {path.parent for path in paths} == {tmp_path / "data"}
    beside = tmp_path / "a" / "clip.mp4.dlst"
    beside.parent.mkdir()
    beside.touch()
    assert project_path_for(videos[0], tmp_path / "data") == beside
