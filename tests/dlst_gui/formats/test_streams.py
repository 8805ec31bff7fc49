"""Reading piece by piece gives what reading at once gives, in any order of a file, and can be ended early."""

from __future__ import annotations

import json
import math
import tempfile
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlst_gui.formats.datasets.coco import COCO
from dlst_gui.formats.datasets.tao import TAO
from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.format import Format, WriteOptions
from dlst_gui.formats.labels.model import LabelSet
from dlst_gui.formats.progress import untold
from dlst_gui.formats.reading.track_columns import BoxRows, TrackRows
from dlst_gui.formats.registry import FORMATS, read_labels
from dlst_gui.formats.syntax import json_stream, text_input, xml_input
from dlst_gui.formats.syntax.json_input import Json, lists_named
from dlst_gui.formats.syntax.json_stream import JsonStream
from dlst_gui.formats.syntax.text_input import lines_of
from tests.dlst_gui.formats.made_labels import VIDEO, boxes_at, label_set
from tracker_core import Box

TEXTS = st.text(alphabet=st.sampled_from('a"\\{}[],: é犬\n\t'), max_size=6)
PLAIN = st.none() | st.booleans() | st.integers(-99, 99) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4))
INDENTS = st.sampled_from([None, 0, 3])


class EndedEarlyError(Exception):
    """What a tick raises here."""


@pytest.fixture
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is read in pieces of some bytes."""
    monkeypatch.setattr(text_input, "_BYTES_AT_ONCE", 7)
    monkeypatch.setattr(xml_input, "_BYTES_AT_ONCE", 7)
    monkeypatch.setattr(json_stream, "_CHARACTERS_AT_ONCE", 60)
    monkeypatch.setattr(json_stream, "_CHARACTERS_SEARCHED", 40)


def at_once(labels: LabelSet) -> list[tuple[object, ...]]:
    return [
        (each.track_id, each.label, dict(each.attributes), [str(box) for box in each.columns])
        for each in labels.tracks
    ]


@pytest.mark.usefixtures("_small_parts")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.dictionaries(TEXTS, VALUES, max_size=4) | VALUES, max_size=12), indent=INDENTS)
def test_json_stream_when_a_list_is_read_piece_by_piece_then_has_the_same_members(
    values: list[Json], indent: int | None
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.json"
        path.write_text(
            json.dumps({"x": [values], "y": values, "z": 1}, indent=indent, ensure_ascii=False), "utf-8"
        )
        stream = JsonStream(path)
        found: list[Json] = []
        for name in stream.names("top level"):
            if name == "y":
                for first, some in stream.values("y"):
                    assert first == len(found)
                    found += some
        stream.finish()
    assert found == values


@pytest.mark.usefixtures("_small_parts")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    value=st.dictionaries(TEXTS, VALUES, max_size=4), at=st.integers(0, 200), instead=st.sampled_from('{}[],:"x1')
)
def test_json_stream_when_a_character_is_wrong_then_says_so_wherever_the_standard_library_does(
    value: Json, at: int, instead: str
) -> None:
    text = json.dumps({"x": [value] * 3}, ensure_ascii=False)
    at %= len(text)
    text = text[:at] + instead + text[at + 1 :]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.json"
        path.write_text(text, "utf-8")
        stream = JsonStream(path)
        try:
            is_right = isinstance(json.loads(text), dict)
        except ValueError:
            is_right = False
        try:
            for _ in stream.names("top level"):
                pass
            stream.finish()
        except FormatError:
            assert not is_right
        else:
            assert is_right


@pytest.mark.usefixtures("_small_parts")
def test_json_stream_when_something_is_wrong_far_inside_then_names_its_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"a": [\n' + '{"b": 1},\n' * 50 + '{"b": 1; "c": 2}]}')
    with pytest.raises(FormatError, match=r"line 52, column 8: expected JSON: Expecting ',' delimiter"):
        JsonStream(path).skip()


@pytest.mark.usefixtures("_small_parts")
@pytest.mark.parametrize("label_format", [COCO, TAO], ids=lambda each: each.name)
def test_json_when_annotations_come_first_then_the_same_is_read(tmp_path: Path, label_format: Format) -> None:
    labels = label_set(boxes_at({index: Box(index, 2, 30, 40) for index in range(12)}))
    label_format.write(labels, tmp_path / "a.json", WriteOptions())
    top = json.loads((tmp_path / "a.json").read_text("utf-8"))
    for order in (sorted(top), sorted(top, reverse=True)):
        (tmp_path / "b.json").write_text(json.dumps({name: top[name] for name in order}))
        assert label_format.looks_like(tmp_path / "b.json")
        assert at_once(label_format.read(tmp_path / "b.json", VIDEO)) == at_once(labels)


def test_lists_named_when_an_unwanted_name_is_found_then_reads_no_further(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"images": [], "annotations": [' + "{}," * 999 + '{}], "result": []}')
    monkeypatch.setattr(text_input, "_BYTES_AT_ONCE", 100)
    told: list[int] = []
    assert (
        lists_named(path, {"annotations"}, without={"images"}, tick=lambda done, _: told.append(done))
        == frozenset()
    )
    assert len(told) == 1
    assert lists_named(path, {"images", "result"}) == {"images", "result"}


@pytest.mark.usefixtures("_small_parts")
@pytest.mark.parametrize("label_format", FORMATS, ids=lambda each: each.name)
def test_reading_when_in_small_pieces_then_gives_the_same_and_tells_how_far_it_is(
    label_format: Format, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = [boxes_at({index: Box(index + 50 * n, 20.5, 30.25, 40) for index in range(12)}) for n in range(3)]
    labels = label_set(*columns, labels=("dog", "Straße", "犬"))
    path = tmp_path / f"labels{label_format.suffix}"
    label_format.write(labels, path, WriteOptions())
    told: list[tuple[int, int]] = []
    in_pieces = label_format.read(path, VIDEO, lambda done, total: told.append((done, total)))
    monkeypatch.undo()
    assert at_once(in_pieces) == at_once(label_format.read(path, VIDEO))
    assert told
    assert all(0 <= done <= total for done, total in told)


@pytest.mark.usefixtures("_small_parts")
@pytest.mark.parametrize("label_format", FORMATS, ids=lambda each: each.name)
def test_reading_when_it_is_ended_early_then_stops_at_once(label_format: Format, tmp_path: Path) -> None:
    labels = label_set(boxes_at({index: Box(index, 20.5, 30.25, 40) for index in range(12)}))
    path = tmp_path / f"labels{label_format.suffix}"
    label_format.write(labels, path, WriteOptions())
    asked = 0

    def tick(_done: int, _total: int) -> None:
        nonlocal asked
        asked += 1
        raise EndedEarlyError

    with pytest.raises(EndedEarlyError):
        read_labels(path, VIDEO, label_format, tick)
    assert asked == 1


@pytest.mark.usefixtures("_small_parts")
@pytest.mark.parametrize("text", ["a\r\nb\n\n\nc\n \n\n", "a\nb\n\n\nc", "a\rb\r\n\r\n\nc\n"])
def test_lines_when_read_in_small_pieces_then_ends_are_the_same_and_blank_ones_at_the_end_left_out(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "a.txt").write_bytes(text.encode())
    assert list(lines_of(tmp_path / "a.txt", untold)) == [(1, "a"), (2, "b"), (3, ""), (4, ""), (5, "c")]


def rows_on(frames: list[int], **said: object) -> BoxRows:
    zeros = np.zeros(len(frames), dtype=np.int64)
    places = np.arange(100, 100 + len(frames))
    return BoxRows(zeros, zeros, ("dog",), np.array(frames), np.ones((len(frames), 4)), places, **said)


def test_track_rows_when_little_is_said_of_boxes_then_usual_values_take_no_memory() -> None:
    rows = TrackRows("dog", "", {})
    rows.extend(rows_on([0, 1, 3, 2]), slice(0, 4))
    usual, _, _ = rows.columns()
    assert usual.frame_indices.tolist() == [0, 1, 2, 3]
    assert usual.scores.strides == usual.run_ids.strides == (0,)
    rows = TrackRows("dog", "", {})
    rows.extend(rows_on([0]), slice(0, 1))
    codes = {"visibilities": np.array([1], np.uint8), "sources": np.array([5], np.uint8)}
    rows.extend(rows_on([1], **codes, scores=np.array([0.5]), run_ids=np.array([7])), slice(0, 1))
    said, _, _ = rows.columns()
    assert (said.sources.tolist(), said.visibilities.tolist(), said.run_ids.tolist()) == ([4, 5], [0, 1], [0, 7])
    assert str(said.scores.tolist()) == "[nan, 0.5]"


@pytest.mark.parametrize("count", [1, 3, 100])
@pytest.mark.parametrize(
    ("frames", "seconds", "first"),
    [([0, 1, 2, 5, 3, 2, 1], 2, (2, 105)), ([4, 4], 1, (4, 101)), ([3, 2, 1, 0, 2], 1, (2, 104))],
)
def test_track_rows_when_a_frame_has_a_second_box_then_the_first_is_kept_and_the_others_are_told(
    frames: list[int], seconds: int, first: tuple[int, int], count: int
) -> None:
    track = TrackRows("dog", "", {})
    rows = rows_on(frames, scores=np.arange(len(frames), dtype=np.float64))
    for low in range(0, len(frames), count):
        track.extend(rows, slice(low, min(low + count, len(frames))))
    columns, *told = track.columns()
    assert told == [seconds, first]
    assert columns.frame_indices.tolist() == sorted(set(frames))
    assert columns.scores.tolist() == [frames.index(frame) for frame in sorted(set(frames))]


def test_track_rows_when_in_order_then_places_take_no_memory() -> None:
    rows, count = TrackRows("dog", "", {}), 10_000
    zeros = np.zeros(count, dtype=np.int64)
    boxes = np.ones((count, 4))
    tracemalloc.start()
    rows.extend(BoxRows(zeros, zeros, ("dog",), np.arange(count), boxes, np.arange(count)), slice(0, count))
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 40 * count  # a frame of 4 bytes, a box of 32
    assert rows.columns()[1] == 0


def test_scores_when_some_boxes_have_none_then_the_others_are_read_and_a_wrong_one_is_named(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.json"
    COCO.write(label_set(boxes_at({0: Box(1, 1, 5, 5), 1: Box(2, 2, 5, 5)})), path, WriteOptions())
    text = path.read_text("utf-8")
    once = text.replace('"track_id": 1}', '"track_id": 1}, "score": 2.5', 1)
    path.write_text(once, "utf-8")
    (track,) = COCO.read(path, VIDEO).tracks
    assert track.columns.scores.tolist() == pytest.approx([2.5, math.nan], nan_ok=True)
    path.write_text(once.replace("2.5", '"high"'), "utf-8")
    with pytest.raises(FormatError, match=r"annotations\[0\].*expected a number for 'score'"):
        COCO.read(path, VIDEO)
