"""What the ledger says, as a summary and pages, written anew after each call that has changed it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from hashlib import sha256
from pathlib import Path

from dlst_gui.batch.ledger import WorkFolder
from dlst_gui.batch.report_pages import FOLDER, PER_PAGE, page_name, report_page
from dlst_gui.batch.summary import as_csv, as_parquet, rows_of
from dlst_gui.settings.program_version import program_version

Write = Callable[[Path, bytes], None]
"""Writes a file whole."""


def write_reports(work: WorkFolder, out: Path, names: Collection[str], write: Write) -> None:
    """Write `summary.csv`, `summary.parquet` where that can be written, and the pages, unless they are up to date.

    Args:
        work: has the ledger.
        out: output folder.
        names: of the jobs of this call; what earlier calls with other jobs have done is left out.
        write: how each file is written.

    Raises:
        OSError: the ledger cannot be read, or a file cannot be written.
    """
    of = _told_of(work, names)
    if _is_written(work, out, of):
        return
    files: list[str] = []

    def put(name: str, data: bytes) -> None:
        files.append(name)
        write(out / name, data)

    asked = set(names)
    found = [each for each in work.reported() if each.name in asked]
    rows = list(rows_of(work.entry_at(each) for each in found))
    put("summary.csv", as_csv(rows))
    parquet = as_parquet(rows)
    if parquet is not None:
        put("summary.parquet", parquet)
    done = sorted((each for each in found if each.is_done), key=lambda each: (-each.review_s, each.name))
    failed = [work.entry_at(each) for each in found if not each.is_done]
    tracked = [row for row in rows if row["track_id"] is not None]
    totals = {
        "videos": len(done),
        "objects": len(tracked),
        "frames": sum(row["frames"] for row in tracked),
        "review_s": sum(row["review_s"] for row in tracked),
    }
    pages = max((len(done) + PER_PAGE - 1) // PER_PAGE, 1)
    for number in range(pages):
        entries = [work.entry_at(each) for each in done[number * PER_PAGE : (number + 1) * PER_PAGE]]
        page = report_page(entries, failed, totals, number=number, pages=pages)
        put(f"{FOLDER}/{page_name(number)}", page)
    write(work.told, json.dumps({"of": of, "files": files}).encode())


def _told_of(work: WorkFolder, names: Collection[str]) -> str:
    """A hash of what decides what is written: a ledger is only ever added to."""
    told = [program_version(), work.ledger.stat().st_size, sorted(names)]
    return sha256(json.dumps(told).encode()).hexdigest()


def _is_written(work: WorkFolder, out: Path, of: str) -> bool:
    """Whether an earlier call has written the same, and it is still there."""
    try:
        told: object = json.loads(work.told.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    if not isinstance(told, dict) or told.get("of") != of:
        return False
    return all((out / str(name)).exists() for name in told.get("files", ()))
