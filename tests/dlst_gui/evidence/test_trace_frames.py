"""Files of evidence as frames, and as a project that can be read only."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dlst_gui.evidence.kept_frame import KeptFrame
from dlst_gui.evidence.pictures import picture_of
from dlst_gui.evidence.shown_source import OPENER, open_shown
from dlst_gui.evidence.trace_frames import DAMAGED_PICTURES, GROUND, TraceFrames
from dlst_gui.evidence.trace_project import frames_told_of, trace_project
from dlst_gui.evidence.trace_writer import TraceWriter
from dlst_gui.project.errors import ProjectFileError
from dlst_gui.project.tracks import ShownKind
from dlst_gui.video.isolation.isolated_opener import IsolatedOpener
from dlst_gui.video.video_source import VideoError
from tests.dlst_gui.evidence.made_frames import FACTS, kept
from tests.dlst_gui.evidence.test_trace import RUN
from tracker_core import Box
from tracker_core.evidence import KeptPicture


def pictured(frame: KeptFrame, area: Box, shade: int = 200) -> KeptFrame:
    """With a picture of one colour."""
    picture = picture_of(np.full((120, 160, 3), shade, np.uint8), area)
    return replace(frame, evidence=replace(frame.evidence, picture=picture))


def made_trace(path: Path, *frames: KeptFrame) -> Path:
    with closing(TraceWriter.trace(path, FACTS)) as writer:
        writer.keep(frames, {3: RUN})
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clip.dlsttrace"


def manual(frame_index: int) -> KeptFrame:
    frame = kept(frame_index)
    result = replace(frame.evidence.result, diagnostics=None)
    return replace(frame, evidence=replace(frame.evidence, result=result, is_manual=True))


def test_trace_frames_when_a_picture_was_kept_then_it_lies_where_it_was(path: Path) -> None:
    made_trace(path, pictured(kept(4), Box(10, 20, 30, 40)), pictured(kept(4, 2), Box(100, 0, 20, 20), 90))
    with TraceFrames(path) as source:
        assert (source.width, source.height, len(source)) == (160, 120, 500)
        assert (source.name, source.nominal_fps, source.timestamp_s(50)) == ("clip", 25.0, 2.0)
        frame = source.read(4)
        assert np.abs(frame[20:60, 10:40].astype(int) - 200).max() < 4
        assert np.abs(frame[0:20, 100:120].astype(int) - 90).max() < 4
        frame[20:60, 10:40] = frame[0:20, 100:120] = GROUND
        assert (frame == GROUND).all()
        assert (source.read(5) == GROUND).all()
        assert source.notice is None


def test_trace_frames_when_a_picture_is_damaged_or_out_of_place_then_it_is_left_out(path: Path) -> None:
    frames = []
    for index, picture in enumerate(
        (
            KeptPicture(b"\xff\xd8\xff no picture", Box(0, 0, 20, 20)),
            replace(pictured(kept(0), Box(0, 0, 20, 20)).evidence.picture, area=Box(150, 0, 20, 20)),
        )
    ):
        frame = kept(index)
        frames.append(replace(frame, evidence=replace(frame.evidence, picture=picture)))
    with TraceFrames(made_trace(path, *frames)) as source:
        for index in range(2):
            source._notice = None
            assert (source.read(index) == GROUND).all()
            assert source.notice == DAMAGED_PICTURES


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DELETE FROM frame", "no evidence in it yet"),
        ("UPDATE frame SET frame_index = 500", "frame 500 of 500"),
        ("UPDATE frame SET x = 9e999", "numbers that are none"),
        ("UPDATE about SET width = 0", "no size"),
        ("UPDATE about SET width = 100000000, height = 100000000", "at most"),
        ("CREATE TRIGGER t AFTER INSERT ON frame BEGIN DELETE FROM frame; END", "other tables"),
        ("PRAGMA application_id = 5", "no file of evidence"),
    ],
)
def test_open_shown_when_a_trace_makes_no_sense_then_it_says_so(path: Path, statement: str, words: str) -> None:
    made_trace(path, kept(4))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement)
    with pytest.raises(VideoError, match=words):
        open_shown(path)


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"SQLite format 3\0" + b"\0" * 4000])
def test_open_shown_when_it_is_something_else_then_it_says_so(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(VideoError, match=r"clip\.dlsttrace: "):
        open_shown(path)


def test_open_shown_when_a_decoder_process_opens_a_trace_then_pictures_are_decoded_there(path: Path) -> None:
    made_trace(path, pictured(kept(4), Box(10, 20, 30, 40)))
    with IsolatedOpener(OPENER) as opener, opener(path) as source, TraceFrames(path) as here:
        np.testing.assert_array_equal(source.read(4), here.read(4))
        assert (source.frame_count, source.name) == (500, "clip")


def test_trace_project_when_read_then_has_the_boxes_and_takes_no_change(path: Path) -> None:
    frames = [manual(3), kept(4, score=-1.0), kept(4, is_backward=True, x=14.0), kept(9, 2)]
    opened = trace_project(made_trace(path, *frames))
    project = opened.project
    assert [track.track_id for track in project.tracks()] == [1, 2]
    assert len({track.color for track in project.tracks()}) == 2
    shown = [project.shown(1, index) for index in (3, 4, 5)]
    assert [each and each.kind for each in shown] == [ShownKind.HUMAN, ShownKind.TRACKED, None]
    assert shown[1] is not None
    assert shown[1].prediction is not None
    assert (shown[1].box.x, shown[1].prediction.score, shown[1].prediction.run_id) == (14.0, 5.0, 3)  # the surer
    np.testing.assert_array_equal(frames_told_of(project), [3, 4, 9])
    assert project.video.path == "clip.mp4"
    assert project.video.fingerprints == FACTS.fingerprints
    assert opened.store.is_read_only
    assert "clip.mp4" in opened.notice
    opened.close()


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE frame SET track_id = 0", "counts from 1"),
        ("UPDATE frame SET width = 0", "positive size"),
        ("UPDATE frame SET run_id = -1", "a run's number"),
        ("INSERT INTO run VALUES (7, '[1]')", "other values"),
    ],
)
def test_trace_project_when_a_row_makes_no_sense_then_it_says_so(path: Path, statement: str, words: str) -> None:
    made_trace(path, kept(4))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement)
    with pytest.raises(ProjectFileError, match=words):
        trace_project(path)


def test_trace_project_when_a_run_has_a_number_that_no_project_gives_then_it_is_read(path: Path) -> None:
    made_trace(path, kept(4))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"UPDATE frame SET run_id = {2**40}")
    opened = trace_project(path)
    assert opened.project.predictions(1).predictions()[0].run_id == 0
    opened.close()
