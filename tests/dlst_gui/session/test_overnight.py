from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from dlst_gui.jobs.job import Job
from dlst_gui.session.overnight import Overnight
from dlst_gui.tracking.tracker_factory import TrackerSettings

JOBS = (Job(Path("/clips/a.mp4")), Job(Path("/clips/b.mp4"), Path("/clips/mine.dlst")))
"""What a fake of the command is told; it tells what it was given, then what the test wants."""

EVENTS = (
    {"name": "a", "is_done": True, "problem": ""},
    {"name": "b", "is_done": False, "problem": "it is open"},
)


def made(tmp_path: Path, program: str) -> Overnight:
    script = tmp_path / "command.py"
    script.write_text(f"import json, sys, time\nfrom pathlib import Path\n{program}\n")
    return Overnight(tmp_path / "overnight", (sys.executable, str(script)))


def telling(*events: object) -> str:
    return "\n".join(f"print({json.dumps(json.dumps(event))}, flush=True)" for event in events)


def test_begin_when_videos_end_then_each_is_told_with_what_went_wrong(qtbot: QtBot, tmp_path: Path) -> None:
    noting = f"Path({str(tmp_path / 'words')!r}).write_text(json.dumps(sys.argv[1:]))"
    overnight = made(tmp_path, f"{noting}\n{telling(*EVENTS, {'videos': 2})}\nsys.exit(1)")
    told: list[Path] = []
    overnight.video_ended.connect(told.append)

    with qtbot.waitSignal(overnight.ended, timeout=20_000) as ended:
        overnight.begin(JOBS, TrackerSettings(preset="dlst", speed="fast", seed=3))
        assert overnight.is_going

    assert told == [JOBS[0].video, JOBS[1].video]
    assert overnight.problems == [("b", "it is open")]
    assert (overnight.ended_count, overnight.count, overnight.is_going) == (2, 2, False)
    assert ended.args[0].words == ""
    words = json.loads((tmp_path / "words").read_text())
    assert words[0] == "batch"
    assert {"--in-place", "--events", "--seed", "3", "--preset", "dlst", "fast"} < set(words)
    listed = json.loads(Path(words[1]).read_text())["jobs"]
    assert [Path(words[1]).parent.joinpath(each["video"]).resolve() for each in listed] == [
        job.video for job in JOBS
    ]


def test_begin_when_the_command_cannot_do_it_then_its_reason_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    overnight = made(tmp_path, "sys.stderr.write('dlst: batch needs Dask: pip install it\\n')\nsys.exit(2)")

    with qtbot.waitSignal(overnight.ended, timeout=20_000) as ended:
        overnight.begin(JOBS, TrackerSettings())

    assert ended.args[0].words == "batch needs Dask: pip install it"


def test_begin_when_there_is_no_such_program_then_that_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    overnight = Overnight(tmp_path, ("/nowhere/python",))

    with qtbot.waitSignal(overnight.ended, timeout=20_000) as ended:
        overnight.begin(JOBS, TrackerSettings())

    assert ended.args[0].words
    assert not overnight.is_going


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "Its process was killed, or it crashed (9)."),
        (
            "sys.stderr.write('Segmentation fault\\n\\rtracking:  50%\\n'); sys.exit(7)",
            "It ended with status 7. Its last words: Segmentation fault",
        ),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_begin_when_the_process_dies_without_a_reason_then_how_it_ended_is_told(
    qtbot: QtBot, tmp_path: Path, program: str, words: str
) -> None:
    overnight = made(tmp_path, f"{telling(EVENTS[0])}\n{program}")

    with qtbot.waitSignal(overnight.ended, timeout=60_000) as ended:
        overnight.begin(JOBS, TrackerSettings())

    assert overnight.ended_count == 1
    assert ended.args[0].words == words


@pytest.mark.parametrize("closes", [False, True])
def test_stop_when_it_is_going_then_it_ends_and_what_was_told_stays(
    qtbot: QtBot, tmp_path: Path, closes: bool
) -> None:
    overnight = made(tmp_path, f"{telling(EVENTS[0])}\ntime.sleep(60)")
    with qtbot.waitSignal(overnight.video_ended, timeout=20_000):
        overnight.begin(JOBS, TrackerSettings())

    if closes:
        overnight.close()
    else:
        with qtbot.waitSignal(overnight.ended, timeout=20_000) as ended:
            overnight.stop()
        assert ended.args[0].words == ""

    assert not overnight.is_going
    assert overnight.ended_count == 1
