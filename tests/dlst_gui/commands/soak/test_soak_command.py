"""`soak` with a made-up tracker: rows, plot, and what is told."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import pytest

from dlst_gui.cli import main
from tests.dlst_gui.commands.command_fakes import FakeFactory
from tracker_core import Box


def soak(source: Path, out: Path, *words: str, factory: FakeFactory | None = None) -> int:
    command = ["soak", "--source", str(source), "--out", str(out), "--device", "cpu", "--threads", "1", *words]
    return main(command, make_tracker=factory or FakeFactory())


def rows(out: Path) -> list[list[str]]:
    with (out / "memory.csv").open(newline="") as file:
        return list(csv.reader(file))


def test_soak_when_it_runs_then_one_tracker_follows_every_frame_and_a_row_is_written_every_100(
    sequence: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    factory = FakeFactory()
    assert soak(sequence, tmp_path / "new" / "soak", "--frames", "250", factory=factory) == 0
    (tracker,) = factory.trackers
    assert [call for call, _ in tracker.calls] == ["initialize"] + ["track"] * 249
    header, *found = rows(tmp_path / "new" / "soak")
    assert header == ["frame", "seconds", "resident_mib"]
    assert [int(row[0]) for row in found] == [0, 100, 200, 250]
    assert [float(row[1]) for row in found] == sorted(float(row[1]) for row in found)
    assert all(float(row[2]) > 10 for row in found)
    assert cv2.imread(str(tmp_path / "new" / "soak" / "memory.png")) is not None
    printed = capsys.readouterr()
    assert "dlst-studio fast: 250 frames, " in printed.out
    assert "frames/s" in printed.out
    assert "MiB at the start" in printed.out
    assert "MiB per 1,000 frames" in printed.out


def test_soak_when_interrupted_then_the_rows_so_far_are_kept_and_reported(
    sequence: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert soak(sequence, tmp_path, "--frames", "500", factory=FakeFactory(interrupted_at=149)) == 130
    assert [int(row[0]) for row in rows(tmp_path)[1:]] == [0, 100, 150]
    printed = capsys.readouterr()
    assert "150 frames" in printed.out
    assert "interrupted after 150 of 500 frames" in printed.err


def test_soak_when_the_tracker_fails_then_the_rows_so_far_are_in_the_file(
    sequence: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("CRITICAL"):
        assert soak(sequence, tmp_path, "--frames", "500", factory=FakeFactory(fails_at=120)) == 1
    assert [int(row[0]) for row in rows(tmp_path)[1:]] == [0, 100]


def test_soak_when_options_are_given_then_the_tracker_gets_them(sequence: Path, tmp_path: Path) -> None:
    factory = FakeFactory()
    words = ["--frames", "2", "--preset", "mdnet-nh", "--speed", "exact", "--init", "30,40,24,24"]
    assert soak(sequence, tmp_path, *words, factory=factory) == 0
    (settings,) = factory.settings
    assert (settings.preset, settings.speed, settings.threads) == ("mdnet-nh", "exact", 1)
    assert factory.trackers[0].calls[0] == ("initialize", Box(30, 40, 24, 24))


def test_soak_when_the_folder_cannot_be_made_then_one_line_and_status_2(
    sequence: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert soak(sequence, tmp_path / "file" / "soak") == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_soak_when_a_guide_is_named_then_the_tracker_gets_it_or_the_preset_is_refused(
    sequence: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    factory = FakeFactory()
    assert (
        soak(sequence, tmp_path, "--frames", "2", "--guide", "vittrack", "--preset", "dlst", factory=factory) == 2
    )
    assert "--guide vittrack: dlst follows no guide" in capsys.readouterr().err
    words = ("--frames", "2", "--guide", "vittrack", "--preset", "dlst-studio")
    assert soak(sequence, tmp_path, *words, factory=factory) == 0
    assert [made.guide for made in factory.settings] == ["vittrack"]
    assert "+vittrack" in capsys.readouterr().out
