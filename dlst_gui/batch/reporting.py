"""What the ledger says, as a summary and pages, written anew after each call."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from dlst_gui.batch.ledger import WorkFolder
from dlst_gui.batch.report_pages import FOLDER, PER_PAGE, page_name, report_page
from dlst_gui.batch.summary import as_csv, as_parquet, rows_of

Write = Callable[[Path, bytes], None]
"""Writes a file whole."""


def write_reports(work: WorkFolder, out: Path, names: Collection[str], write: Write) -> None:
    """Write `summary.csv`, `summary.parquet` where that can be written, and the pages.

    Args:
        work: has the ledger.
        out: output folder.
        names: of the jobs of this call; what earlier calls with other jobs have done is left out.
        write: how each file is written.

    Raises:
        OSError: the ledger cannot be read, or a file cannot be written.
    """
    found = [each for each in work.reported() if each.name in set(names)]
    rows = list(rows_of(work.entry_at(each) for each in found))
    write(out / "summary.csv", as_csv(rows))
    parquet = as_parquet(rows)
    if parquet is not None:
        write(out / "summary.parquet", parquet)
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
        write(out / FOLDER / page_name(number), page)
