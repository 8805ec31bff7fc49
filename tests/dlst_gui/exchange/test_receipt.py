"""What the receipt beside an export says."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from dlst_gui.api import ImageChoice, SavedProject, Selection, open_project
from dlst_gui.formats.registry import format_named
from dlst_gui.formats.transfer.selection import FrameChoice
from dlst_gui.project.run_facts import RunFacts, keep_run_facts
from dlst_gui.project.store import ProjectStore
from dlst_gui.settings.program_version import program_version


def read(path: Path) -> dict:
    return json.loads(path.read_text("utf-8"))


def test_receipt_when_written_then_says_format_video_frames_and_counts(project: SavedProject, out: Path) -> None:
    report = project.export("otb", out / "labels", Selection(every=4))
    receipt = read(report.receipt)
    assert report.receipt == out / "labels.export.json"
    assert receipt["program"] == {"name": "DLST Studio", "version": program_version()}
    assert receipt["format"]["name"] == "otb"
    assert receipt["format"]["convention"] == format_named("otb").convention.words()
    assert receipt["format"]["resolution_px"] == 1e-4
    assert receipt["frames"]["indices"] == [0, 4, 8, 12, 16]
    assert receipt["frames"]["timestamps_s"] == [0.0, 0.16, 0.32, 0.48, 0.64]
    video = receipt["video"]
    assert (video["name"], video["width"], video["height"], video["frame_count"]) == ("clip", 96, 64, 20)
    assert [each["frame_index"] for each in video["fingerprints"]] == [0, 10, 19]
    assert receipt["tracks"] == [
        {"track_id": 1, "label": "dog", "boxes": 4},
        {"track_id": 2, "label": "cat", "boxes": 1},
    ]
    assert receipt["read_back"] == {
        "boxes": 5,
        "missing": 0,
        "too_many": 0,
        "wrong_visibilities": 0,
        "largest_difference_px": report.comparison.largest_difference_px,
    }


def test_receipt_when_boxes_are_left_out_then_counts_them_by_source(project: SavedProject, out: Path) -> None:
    selection = Selection(FrameChoice.ALL, interpolated=False)
    receipt = read(project.export("otb", out / "labels", selection).receipt)
    assert receipt["selection"]["words"] == "all frames, without interpolated boxes"
    assert receipt["boxes"] == {
        "exported": 10,
        "exported_by_source": {"drawn": 4, "tracked": 6},
        "left_out": 9,
        "left_out_by_source": {"interpolated": 9},
    }
    assert any("occluded" in sentence for sentence in receipt["not_held"])


def test_receipt_when_written_then_has_the_effort_of_the_status_bar(project: SavedProject, out: Path) -> None:
    receipt = read(project.export("csv", out / "a.csv").receipt)
    assert receipt["effort"] == {
        "boxes": 4,
        "picks": 0,
        "flags": 1,
        "labelled": 19,
        "unreviewed": 12,
        "actions_per_100_frames": 500 / 19,
    }


def test_receipt_when_nobody_knows_what_a_run_was_made_with_then_says_null(
    project: SavedProject, out: Path
) -> None:
    (run,) = read(project.export("csv", out / "a.csv").receipt)["runs"]
    assert (run["run_id"], run["boxes"]) == (1, 6)
    assert (run["weights"], run["weights_sha256"], run["seed"]) == (None, None, None)
    assert (run["guide"], run["guide_sha256"]) == (None, None)


def test_receipt_when_the_project_knows_its_runs_then_has_weights_guide_hashes_and_seed(
    project_path: Path, out: Path
) -> None:
    facts = RunFacts("0.1.0", "dlst fast", "vgg-m", "ab" * 32, 7, "cpu", "fear-xs", "cd" * 32)
    with ProjectStore.open(project_path) as store:
        keep_run_facts(store, 1, facts)
    with open_project(project_path) as project:
        (run,) = read(project.export("csv", out / "a.csv").receipt)["runs"]
    assert (run["system"], run["weights"], run["weights_sha256"], run["seed"], run["device"]) == (
        *("dlst fast", "vgg-m", "ab" * 32, 7, "cpu"),
    )
    assert (run["guide"], run["guide_sha256"]) == ("fear-xs", "cd" * 32)


def test_receipt_when_the_project_knows_runs_without_exported_boxes_then_lists_the_others(
    project_path: Path, out: Path
) -> None:
    with ProjectStore.open(project_path) as store:
        for run_id in (1, 9):
            keep_run_facts(store, run_id, RunFacts("0.1.0", "dlst", "vgg-m", "", run_id, "cpu"))
    with open_project(project_path) as project:
        assert sorted(project.runs) == [1, 9]
        listed = read(project.export("csv", out / "a.csv").receipt)["runs"]
        assert [(run["run_id"], run["seed"]) for run in listed] == [(1, 1)]
        assert read(project.export("csv", out / "b.csv", Selection(tracked=False)).receipt)["runs"] == []


def test_receipt_when_files_are_listed_then_each_is_there_and_labels_have_their_hash(
    project: SavedProject, out: Path
) -> None:
    report = project.export("coco", out / "c.json", Selection(every=10), images=ImageChoice())
    files = read(report.receipt)["files"]
    assert [each["path"] for each in files] == ["c.json", "images/clip_000000.png", "images/clip_000010.png"]
    assert all((out / each["path"]).is_file() for each in files)
    assert files[0]["sha256"] == hashlib.sha256((out / "c.json").read_bytes()).hexdigest()
    assert files[1]["sha256"] is None
    text = report.receipt.read_text("utf-8")
    assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=1) + "\n"


def test_receipt_when_written_twice_then_only_the_moment_differs(project: SavedProject, out: Path) -> None:
    receipts = [read(project.export("csv", out / "a.csv").receipt) for _ in range(2)]
    for receipt in receipts:
        del receipt["written_at"]
    assert receipts[0] == receipts[1]
