from __future__ import annotations

import csv
import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pyarrow.parquet
import pytest

from dlst_gui.batch import report_pages, reporting
from dlst_gui.batch.ledger import Entry, WorkFolder
from dlst_gui.batch.picture_strip import TILE_HEIGHT, TILE_WIDTH, picture_strip
from dlst_gui.batch.reporting import write_reports
from dlst_gui.batch.summary import COLUMNS
from dlst_gui.video.video_source import VideoError
from tests.dlst_gui.batch.batch_fakes import losing_tracker, write_clips
from tests.dlst_gui.batch.conftest import Batch, at_once
from tests.fakes import SyntheticVideo
from tracker_core import Frame


def reported(batch: Batch, jobs: Path) -> list[dict[str, str]]:
    """The summary after a call."""
    names = set(batch.run(jobs))
    write_reports(WorkFolder(batch.out / "batch"), batch.out, names, at_once)
    with (batch.out / "summary.csv").open(newline="", encoding="utf-8", errors="replace") as file:
        return list(csv.DictReader(file))


def test_reports_when_videos_are_done_and_failed_then_summary_and_page_tell_both(
    batch: Batch, tmp_path: Path
) -> None:
    write_clips(tmp_path / "clips", 2)
    table = tmp_path / "jobs.csv"
    table.write_text("source,label\nclips/clip0,dog <b>\nclips/clip1,cat\nclips/none,\n")
    batch.make_tracker = losing_tracker

    rows = reported(batch, table)

    assert [tuple(rows[0]), len(rows)] == [COLUMNS, 3]
    assert [row["label"] for row in rows] == ["dog <b>", "cat", ""]
    assert (rows[0]["frames"], rows[0]["found"], rows[0]["lost_spans"]) == ("11", "8", "2")
    assert "does not exist" in rows[2]["problem"]
    typed = pyarrow.parquet.read_table(batch.out / "summary.parquet").to_pylist()
    assert [row["found"] for row in typed] == [8, 8, None]
    page = (batch.out / "report" / "index.html").read_text()
    assert "dog &lt;b&gt; 1" in page
    assert "dog <b>" not in page
    assert "1 video could not be tracked" in page
    assert page.count("<figure>") == 2 * int(rows[0]["to_review"])
    for link in re.findall(r"url\('([^']*)'\)|href='([^']*)'", page):
        assert (batch.out / "report" / "".join(link)).exists()


@pytest.mark.skipif(sys.platform != "linux", reason="names elsewhere are text")
def test_reports_when_a_name_is_not_utf_8_then_it_is_linked_as_it_is(batch: Batch, tmp_path: Path) -> None:
    (clip,) = write_clips(tmp_path / "clips", 1)
    clip.rename(Path(os.fsdecode(bytes(tmp_path / "clips") + b"/caf\xe9 '")))

    (row,) = reported(batch, tmp_path / "clips")

    assert row["found"] == "11"
    page = (batch.out / "report" / "index.html").read_text()
    assert "url('pictures/caf%E9%20%27.jpg')" in page
    assert "href='../projects/caf%E9%20%27.dlst'" in page


def test_reports_when_nothing_was_done_since_then_they_are_not_written_again_unless_one_is_gone(
    batch: Batch, tmp_path: Path
) -> None:
    write_clips(tmp_path / "clips", 1)
    reported(batch, tmp_path / "clips")
    work, written = WorkFolder(batch.out / "batch"), list[str]()

    def note(action: Callable[[], None], path: Path) -> None:
        written.append(path.name)

    write_reports(work, batch.out, {"clip0"}, note)
    assert not written

    write_reports(work, batch.out, {"another"}, note)
    assert written == ["summary.csv", "summary.parquet", "index.html", "told.json"]

    (batch.out / "summary.csv").unlink()
    write_reports(work, batch.out, {"clip0"}, note)
    assert len(written) == 8


def test_reports_when_only_inputs_have_changed_then_the_report_stays(batch: Batch, tmp_path: Path) -> None:
    clips = write_clips(tmp_path / "clips", 1)
    before = reported(batch, tmp_path / "clips")
    (clips[0] / "notes.txt").write_text("another file")

    assert reported(batch, tmp_path / "clips") == before
    assert json.loads((batch.out / "batch" / "ledger.jsonl").read_text().splitlines()[-1])["report"] is None


def test_reports_when_there_are_many_videos_then_pages_are_linked_and_the_longest_review_comes_first(
    batch: Batch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (report_pages, reporting):
        monkeypatch.setattr(module, "PER_PAGE", 2)
    work = WorkFolder(tmp_path / "batch")
    work.folder.mkdir()
    summary = {"label": "dog", "frames": 1, "found": 1, "lost_spans": 0, "mean_score": float("nan")}
    summary |= {"track_id": 1, "frames_per_s": 3.0, "to_review": 1, "sha256": ""}
    report = {
        "video": "a.mp4",
        "project": "projects/a.dlst",
        "frame_count": 10,
        "fps": 5,
        "notice": "",
        "worst": [],
    }
    with work.ledger.open("w") as file:
        for number in range(5):
            objects = [{**summary, "review_s": number}]
            file.write(
                Entry(f"v{number}", "", "", report={**report, "objects": objects, "worst": []}).line() + "\n"
            )

    write_reports(work, tmp_path, {f"v{number}" for number in range(4)}, at_once)

    pages = [(tmp_path / "report" / name).read_text() for name in ("index.html", "page-2.html")]
    assert [re.findall(r"<h2>(v\d)</h2>", page) for page in pages] == [["v3", "v2"], ["v1", "v0"]]
    assert "<a href='page-2.html'>2</a>" in pages[0]
    assert "about 6.0 s to review" in pages[0]
    assert not (tmp_path / "report" / "page-3.html").exists()

    write_reports(work, tmp_path, {"v0"}, at_once)
    assert "1 tracked frame; nothing to review" in (tmp_path / "report" / "index.html").read_text()

    (tmp_path / "report" / "page-3.html").write_text("a person's own")
    write_reports(work, tmp_path, {"v0"}, at_once)

    assert sorted(path.name for path in (tmp_path / "report").iterdir()) == ["index.html", "page-3.html"]


class Damaged(SyntheticVideo):
    """Frame 5 cannot be read."""

    def read(self, frame_index: int) -> Frame:
        if frame_index == 5:
            raise VideoError("damaged")
        return super().read(frame_index)


def test_strip_when_a_frame_is_damaged_then_its_tile_is_grey_and_others_show_the_box() -> None:
    video = Damaged()

    data = picture_strip(video, [(3, video.box(3).xywh), (5, video.box(5).xywh), (29, (-50.0, -50.0, 5.0, 5.0))])

    strip = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert strip.shape == (TILE_HEIGHT, 4 * TILE_WIDTH, 3)
    tiles = np.hsplit(strip.astype(int), 4)
    middle = tiles[1][TILE_HEIGHT // 2, TILE_WIDTH // 2]
    assert np.abs(middle - (230, 180, 60)).max() < 40  # the square, in the middle of its tile
    assert np.abs(tiles[2] - 40).max() < 6
