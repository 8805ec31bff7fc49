from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from dlst_gui import limits
from dlst_gui.batch.batch_job import BatchError, BoxesTaken
from dlst_gui.batch.job_sources import find_jobs
from dlst_gui.batch.job_table import COLUMNS, read_job_table
from dlst_gui.tracking.tracker_factory import TrackerSettings
from tests.dlst_gui.batch.conftest import WriteTable

DEFAULT = TrackerSettings(seed=7, speed="fast")


def test_read_when_rows_share_a_source_then_they_are_one_job(write_table: WriteTable, tmp_path: Path) -> None:
    table = write_table(
        ["source,box,first_frame,label,seed", 'a.mp4,"1,2,3,4",5,dog,1', "b/c.mp4,,,,", 'a.mp4,"5,6,7.5,8",,,']
    )

    jobs = read_job_table(table, DEFAULT)

    assert [(job.name, job.video) for job in jobs] == [
        ("a", tmp_path / "a.mp4"),
        ("b-c", tmp_path / "b" / "c.mp4"),
    ]
    first, second = jobs[0].targets
    assert (first.box, first.first_frame, first.label, first.settings.seed) == ((1, 2, 3, 4), 5, "dog", 1)
    assert (second.box, second.first_frame, second.label, second.settings.seed) == ((5, 6, 7.5, 8), 0, "", 7)


def test_read_when_a_table_is_json_lines_or_parquet_then_it_says_the_same_as_csv(
    write_table: WriteTable, tmp_path: Path
) -> None:
    rows = [
        {"source": "a.mp4", "x": 1.5, "y": 2, "width": 30, "height": 40, "last_frame": 9, "preset": "dlst"},
        {
            "source": "b.mp4",
            "x": None,
            "y": None,
            "width": None,
            "height": None,
            "last_frame": None,
            "preset": None,
        },
    ]
    lines = tmp_path / "jobs.jsonl"
    lines.write_text("".join(json.dumps(row) + "\n\n" for row in rows))
    parquet = tmp_path / "jobs.parquet"
    pyarrow.parquet.write_table(pa.Table.from_pylist(rows), parquet)
    table = write_table(["source,x,y,width,height,last_frame,preset", "a.mp4,1.5,2,30,40,9,dlst", "b.mp4,,,,,,"])

    def said(path: Path) -> Sequence[object]:
        jobs = read_job_table(path, DEFAULT)
        return [(job.name, [(t.box, t.last_frame, t.settings) for t in job.targets]) for job in jobs]

    assert said(lines) == said(parquet) == said(table)
    assert read_job_table(table, DEFAULT)[0].targets[0].settings.preset == "dlst"


def test_read_when_labels_are_named_then_they_lie_beside_the_table(
    write_table: WriteTable, tmp_path: Path
) -> None:
    table = write_table(["source,labels,labels_format,boxes", "a.mp4,det/a.json,coco,all"])

    (target,) = read_job_table(table, DEFAULT)[0].targets

    assert (target.labels, target.labels_format, target.taken) == (
        tmp_path / "det" / "a.json",
        "coco",
        BoxesTaken.ALL,
    )


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["source,bx", "a.mp4,1"], "line 1: unknown column 'bx'"),
        (["source,seed,seed", "a.mp4,1,2"], "line 1: the column 'seed' is there twice"),
        (["box", '"1,2,3,4"'], "line 1: the column 'source' is missing"),
        (["source,box", ',"1,2,3,4"'], "line 2: source: expected a path"),
        (["source,box", "a.mp4,1 2 3 4"], "line 2: box: expected x,y,width,height"),
        (["source,box", 'a.mp4,"1,2,0,4"'], "line 2: box: expected x,y,width,height"),
        (["source,box", 'a.mp4,"1,2,nan,4"'], "line 2: box: expected x,y,width,height"),
        (["source,box", 'a.mp4,"1,2,1e9,4"'], "line 2: box: coordinates are at most"),
        (["source,x,y,width,height", "a.mp4,1,2,3,"], "line 2: box: expected x,y,width,height"),
        (["source,box,x", 'a.mp4,"1,2,3,4",1'], "line 2: box is given, and so are x"),
        (["source,box,labels", 'a.mp4,"1,2,3,4",b.json'], "line 2: box and labels are both given"),
        (["source,first_frame", "a.mp4,-1"], "line 2: first_frame: expected a whole number of at least 0"),
        (["source,first_frame", "a.mp4,1.5"], "line 2: first_frame: expected a whole number of at least 0"),
        (["source,first_frame,last_frame", "a.mp4,5,4"], "line 2: last_frame 4 is before first_frame 5"),
        (["source,preset", "", "a.mp4,best"], "line 3: preset: expected one of"),
        (["source,speed", "a.mp4,slow"], "line 2: speed: expected one of exact, fast"),
        (["source,guide", "a.mp4,me"], "line 2: guide: expected one of none"),
        (["source,preset,guide", "a.mp4,dlst,vittrack"], "line 2: guide: dlst follows no guide"),
        (["source,labels_format", "a.mp4,mine"], "line 2: labels_format: expected one of"),
        (["source,project", "a.mp4,b.mp4"], "line 2: project: expected a name that ends in .dlst"),
        (["source", r"\\host\a.mp4"], "line 2: source lies on another computer"),
        (["source,label", "a.mp4,b,c"], "line 2: it has 3 cells, the first line 2"),
        (["source"], "has no rows"),
    ],
)
def test_read_when_a_field_makes_no_sense_then_the_message_names_its_row(
    write_table: WriteTable, lines: list[str], message: str
) -> None:
    with pytest.raises(BatchError, match=message.replace("(", r"\(")):
        read_job_table(write_table(lines), DEFAULT)


def test_read_when_there_are_too_many_rows_then_that_is_said(
    write_table: WriteTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_BATCH_ROWS", 2)

    with pytest.raises(BatchError, match="at most 2 rows"):
        read_job_table(write_table(["source", "a", "b", "c"]), DEFAULT)


def test_read_when_a_file_is_no_table_then_that_is_said(tmp_path: Path) -> None:
    for name in ("jobs.csv", "jobs.jsonl", "jobs.parquet"):
        path = tmp_path / name
        path.write_bytes(b"\xff\xfe\x00rubbish\n")
        with pytest.raises(BatchError, match=str(path)):
            read_job_table(path, DEFAULT)


def test_columns_when_they_are_listed_then_each_is_read(write_table: WriteTable) -> None:
    values = {"source": "a.mp4", "boxes": "all", "preset": "dlst-studio", "speed": "exact", "guide": "none"}
    values |= {"first_frame": "1", "last_frame": "2", "seed": "3", "box": '"1,2,3,4"', "labels_format": "coco"}
    for name in COLUMNS:
        if name != "source":
            read_job_table(write_table([f"source,{name}", f"a.mp4,{values.get(name, 'b.dlst')}"]), DEFAULT)


@pytest.mark.parametrize("name", ["jobs.csv", "list.dlstjobs", "clips"])
def test_find_when_there_is_nothing_then_that_is_said(name: str, tmp_path: Path) -> None:
    with pytest.raises(BatchError, match=f"{name} does not exist"):
        find_jobs(tmp_path / name, TrackerSettings(), None)
