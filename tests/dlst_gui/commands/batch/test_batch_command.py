from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from dlst_gui.cli import main
from tests.dlst_gui.batch.batch_fakes import deadly_tracker, write_clips


@pytest.mark.timeout(300)
def test_batch_when_a_worker_dies_of_a_clip_then_the_others_are_done_and_the_reason_is_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_clips(tmp_path / "clips", 3)
    table = tmp_path / "jobs.csv"
    table.write_text("source,seed\nclips/clip0,0\nclips/clip1,1\nclips/clip2,0\n")
    words = ["batch", str(table), "--out", str(tmp_path / "out"), "--workers", "1", "--format", "csv", "--json"]
    words.append("--events")

    status = main(words, make_tracker=deadly_tracker)

    told = capfd.readouterr()
    *events, answer = map(json.loads, told.out.splitlines())
    assert status == 1
    assert [event["ended"] for event in events if "name" in event] == [1, 2, 3]
    frames = [(event["tracked_frames"], event["of_frames"]) for event in events if "of_frames" in event]
    assert frames
    assert all(0 < tracked <= (known or tracked) for tracked, known in frames)
    assert (answer["videos"], answer["done"], answer["left"]) == (3, 2, 0)
    assert [failed["name"] for failed in answer["problems"]] == ["clip1"]
    assert "the processes that worked on it have died" in answer["problems"][0]["problem"]
    assert "dashboard: http://127.0.0.1:" in told.err
    assert sorted(path.name for path in (tmp_path / "out" / "projects").iterdir()) == ["clip0.dlst", "clip2.dlst"]


def test_batch_when_dask_is_missing_then_a_sentence_says_how_to_get_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)

    assert main(["batch", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert 'pip install "dlst-studio[batch]"' in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("jobs", ["none", "list.txt"])
def test_batch_when_there_are_no_jobs_then_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], jobs: str
) -> None:
    (tmp_path / "list.txt").write_text("a.mp4\n")

    assert main(["batch", str(tmp_path / jobs), "--out", str(tmp_path / "out")]) == 2
    assert "expected a table" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_batch_when_the_folder_holds_work_of_others_then_it_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_clips(tmp_path / "clips", 1)
    kept = tmp_path / "out" / "projects" / "mine.dlst"
    kept.parent.mkdir(parents=True)
    kept.write_text("mine")

    assert main(["batch", str(tmp_path / "clips"), "--out", str(tmp_path / "out")]) == 2
    assert "has not made it" in capsys.readouterr().err
    assert kept.read_text() == "mine"
