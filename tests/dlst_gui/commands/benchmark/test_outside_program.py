import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from dlst_gui.cli import main
from dlst_gui.commands.benchmark.outside_program import OutsideProgram, time_program, write_frames
from dlst_gui.commands.benchmark.timed_run import Course
from dlst_gui.commands.running.errors import CommandError
from dlst_gui.tracking.tracking_run import TrackRequest
from dlst_gui.video import open_source
from tests.dlst_gui.commands.command_fakes import FakeFactory
from tests.fakes import SyntheticVideo
from tests.processes import has_ended

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the programs of these tests are shell scripts")

STILL = 'for frame in "$1"/*.png; do echo "$2,$3,$4,$5" >> "$6"; done'
"""A tracker whose target never moves."""
FRAMES = 6


@pytest.fixture
def course(sequence: Path, video: SyntheticVideo) -> Iterator[Course]:
    with open_source(sequence) as source:
        yield Course(source, TrackRequest(0, {0: video.box(0)}, 0, FRAMES - 1), "cpu")


@pytest.fixture
def work_folder(tmp_path: Path, course: Course) -> Path:
    folder = tmp_path / "work"
    (folder / "frames").mkdir(parents=True)
    write_frames(course, folder / "frames")
    return folder


def program(tmp_path: Path, script: str, *, timeout_s: int = 20) -> OutsideProgram:
    folder = tmp_path / "other tracker"
    folder.mkdir()
    (folder / "track").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "track").chmod(0o755)
    return OutsideProgram(folder, timeout_s, threads=3)


def test_frames_when_written_then_are_the_sources_without_loss(
    course: Course, work_folder: Path, video: SyntheticVideo
) -> None:
    files = sorted((work_folder / "frames").iterdir())
    assert [file.name for file in files] == [f"{number:06d}.png" for number in range(1, FRAMES + 1)]
    for index, file in enumerate(files):
        np.testing.assert_array_equal(cv2.imread(str(file))[:, :, ::-1], video.read(index))


def test_program_when_it_tracks_then_its_boxes_count_from_0_and_the_whole_process_is_timed(
    tmp_path: Path, course: Course, work_folder: Path, video: SyntheticVideo
) -> None:
    lines = "".join(f"{video.box(i).x:g},40,24,24\n" for i in range(FRAMES))
    (tmp_path / "lines").write_text(lines)
    perfect = program(tmp_path, f'sleep 0.2; cp "{tmp_path / "lines"}" "$6"')
    timed = time_program(perfect, course, work_folder, lambda: False)
    assert timed is not None
    assert timed.auc == pytest.approx(20 / 21)
    assert timed.whole_s >= 0.2
    assert timed.frame_s is timed.first_frame_s is None


def test_program_when_called_then_gets_box_threads_and_its_own_folder(
    tmp_path: Path, course: Course, work_folder: Path
) -> None:
    asked = program(tmp_path, f'echo "$2 $3 $4 $5 $OMP_NUM_THREADS" > asked.txt; {STILL}')
    assert time_program(asked, course, work_folder, lambda: False) is not None
    assert (asked.folder / "asked.txt").read_text() == "20 40 24 24 3\n"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo no weights >&2; exit 3", "track ended with status 3: no weights"),
        ("exit 1", "track ended with status 1: no output"),
        ("exit 0", "track wrote no OUTPUT_FILE"),
        ('echo "1,2,3,4" > "$6"', "track wrote 1 lines for 6 frames"),
        ('echo "left 20" > "$6"', "line 1: expected four numbers x,y,width,height, got 'left 20'"),
    ],
    ids=["fails", "fails silently", "no file", "too few", "no numbers"],
)
def test_program_when_it_does_not_keep_to_the_agreement_then_says_what_is_wrong(
    tmp_path: Path, course: Course, work_folder: Path, script: str, message: str
) -> None:
    wrong = program(tmp_path, script)
    with pytest.raises(CommandError) as caught:
        time_program(wrong, course, work_folder, lambda: False)
    assert str(caught.value).startswith(f"--against {wrong.folder}: ")
    assert message in str(caught.value)


def test_program_when_it_writes_nothing_then_the_last_runs_file_is_not_taken_for_its_own(
    tmp_path: Path, course: Course, work_folder: Path
) -> None:
    forgetful = program(tmp_path, f"test -e again && exit 0; touch again; {STILL}")
    assert time_program(forgetful, course, work_folder, lambda: False) is not None
    with pytest.raises(CommandError, match="wrote no OUTPUT_FILE"):
        time_program(forgetful, course, work_folder, lambda: False)


@pytest.mark.parametrize("is_interrupted", [False, True], ids=["takes too long", "Ctrl+C"])
def test_program_when_it_must_be_ended_then_so_is_what_it_started(
    tmp_path: Path, course: Course, work_folder: Path, is_interrupted: bool
) -> None:
    child = tmp_path / "child"
    slow = program(
        tmp_path, f'sleep 60 & echo $! > "{child}.part"; mv "{child}.part" "{child}"; wait', timeout_s=1
    )
    if is_interrupted:
        assert time_program(slow, course, work_folder, child.exists) is None
    else:
        with pytest.raises(CommandError, match="ran longer than 1 s"):
            time_program(slow, course, work_folder, lambda: False)
    pid = int(child.read_text())
    until_s = time.monotonic() + 20
    while not has_ended(pid) and time.monotonic() < until_s:
        time.sleep(0.01)
    assert has_ended(pid)


def test_program_when_it_is_no_program_then_says_why_it_does_not_start(
    tmp_path: Path, course: Course, work_folder: Path
) -> None:
    broken = program(tmp_path, "")
    broken.path.write_bytes(b"\x7fno machine code")
    with pytest.raises(CommandError, match="track cannot be started"):
        time_program(broken, course, work_folder, lambda: False)


def test_check_when_the_file_may_not_be_executed_then_says_so(tmp_path: Path) -> None:
    unready = program(tmp_path, STILL)
    unready.path.chmod(0o644)
    with pytest.raises(CommandError, match="expected an executable file track in it"):
        unready.check()


def test_benchmark_when_against_two_then_they_stand_in_the_table(
    sequence: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    still = program(tmp_path, STILL)
    command = ["benchmark", "--source", str(sequence), "--frames", str(FRAMES), "--runs", "2", "--json"]
    command += ["--device", "cpu", "--speed", "fast", "--against", str(still.folder)]
    assert main(command, make_tracker=FakeFactory()) == 0
    ours, other = json.loads(capsys.readouterr().out)["systems"]
    assert (other["name"], other["speed"], other["fps"], other["fps_ratio"]) == ("other tracker", None, None, None)
    assert other["whole_fps_ratio"] == pytest.approx(other["whole_fps"] / ours["whole_fps"])
    assert len(other["runs"]) == 2
    assert main([*command, "--against", str(still.folder)], make_tracker=FakeFactory()) == 2
    assert "two systems are named other tracker" in capsys.readouterr().err
