"""What the ledger says, as a summary and pages, written anew after each call that has changed it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import count, islice, takewhile
from pathlib import Path

from dlst_gui.batch.ledger import Reported, WorkFolder, write_whole
from dlst_gui.batch.report_pages import FOLDER, PER_PAGE, page_name, report_page
from dlst_gui.batch.summary import as_csv, as_parquet, rows_of
from dlst_gui.files import staged_set
from dlst_gui.settings.program_version import program_version

Patiently = Callable[[Callable[[], None], Path], None]
"""Does something that writes a file of this path, which it may have to do again."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What the summary and the report were last written from, and their files, relative to the output folder."""

    of: str = ""
    files: frozenset[str] = frozenset()


def write_reports(work: WorkFolder, out: Path, names: Collection[str], patiently: Patiently) -> None:
    """Write `summary.csv`, `summary.parquet` where that can be written, and the pages, unless they are up to date.

    Args:
        work: has the ledger.
        out: output folder.
        names: of the jobs of this call; what earlier calls with other jobs have done is left out.
        patiently: how each file is written.

    Raises:
        OSError: the ledger cannot be read, or a file cannot be written.
    """
    of, before = _told_of(work, names), _last_told(work)
    if before.of == of and all((out / name).exists() for name in before.files):
        return

    def put(path: Path, data: bytes) -> None:
        patiently(lambda: write_whole(path, data), path)

    asked = set(names)
    found = [each for each in work.reported() if each.entry.name in asked]
    rows = list(rows_of(each.entry for each in found))
    summaries = {"summary.csv": as_csv(rows), "summary.parquet": as_parquet(rows)}
    files = [name for name, data in summaries.items() if data is not None]
    for name, data in summaries.items():
        if data is not None:
            put(out / name, data)
    tracked = [row for row in rows if row["track_id"] is not None]
    totals = {
        "videos": sum(each.entry.is_done for each in found),
        "objects": len(tracked),
        "frames": sum(row["frames"] for row in tracked),
        "review_s": sum(row["review_s"] for row in tracked),
    }
    index = out / FOLDER / page_name(0)
    patiently(lambda: _write_pages(work, index, found, totals), index)
    pages = _page_count(totals["videos"])
    files += [_page(number) for number in range(pages)]
    for name in takewhile(before.files.__contains__, map(_page, count(pages))):  # of a longer list of jobs
        (out / name).unlink(missing_ok=True)
    put(work.told, json.dumps({"of": of, "files": files}).encode())


def _write_pages(work: WorkFolder, index: Path, found: Sequence[Reported], totals: Mapping[str, float]) -> None:
    """All of them at once: two hundred that are synced one by one take seconds."""
    done = sorted(
        (each for each in found if each.entry.is_done), key=lambda each: (-each.review_s, each.entry.name)
    )
    failed = [each.entry for each in found if not each.entry.is_done]
    entries = work.whole(done)
    pages = _page_count(len(done))
    with staged_set(index) as staged:
        for number in range(pages):
            page = report_page(list(islice(entries, PER_PAGE)), failed, totals, number=number, pages=pages)
            (staged.new / page_name(number)).write_bytes(page)
        staged.put_in_place(Path(page_name(number)) for number in range(pages))


def _page(number: int) -> str:
    return f"{FOLDER}/{page_name(number)}"


def _page_count(videos: float) -> int:
    return max((int(videos) + PER_PAGE - 1) // PER_PAGE, 1)


def _told_of(work: WorkFolder, names: Collection[str]) -> str:
    """A hash of what decides what is written: a ledger is only ever added to."""
    told = [program_version(), work.ledger.stat().st_size, sorted(names)]
    return sha256(json.dumps(told).encode()).hexdigest()


def _last_told(work: WorkFolder) -> _Told:
    """What an earlier call has written; nothing where that is not known."""
    try:
        told: object = json.loads(work.told.read_bytes())
    except (OSError, ValueError, RecursionError):
        return _Told()
    if not isinstance(told, dict) or not isinstance(told.get("files"), list):
        return _Told()
    return _Told(str(told.get("of")), frozenset(map(str, told["files"])))
