"""What is finished: a file of lines that is only ever added to, and the results of units whose video is not done.

    batch/ledger.jsonl      a line for each video that is done, has failed, or whose files are about to be written
    batch/told.json         from how much of it the summary and the report were last written
    batch/units/KEY         the result of a unit, whole (`UnitResult.to_bytes`); gone once its video is done

A last line that was cut short is not read, nor one that is damaged or of another version, which stays where it is.
The last line of a video counts.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dlst_gui.files import replaced_whole

FOLDER = "batch"
_KIND, _VERSION = "dlst-batch", 1
_LONG = ("worst",)
"""Parts of a report that are not held for all videos at once."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of a video.

    Attributes:
        name: of the job.
        inputs: a hash of what was given, without opening it.
        content: a hash of the work; "" where it did not come so far.
        files: what was made, relative to the output folder, with sizes and hashes.
        report: what is told of it, see `report_pages.py`; None where it was not read with it, or not written anew.
        problem: why it has failed, or is not all that was asked for; "" where all is well.
        is_done: whether there is a project; the same call does not try again.
        format_name: of the labels among its files; "": there are none.
    """

    name: str
    inputs: str
    content: str
    files: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    report: Mapping[str, Any] | None = None
    problem: str = ""
    is_done: bool = True
    format_name: str = ""

    def line(self) -> str:
        """As JSON."""
        return json.dumps(
            {
                "kind": _KIND,
                "version": _VERSION,
                "name": self.name,
                "inputs": self.inputs,
                "content": self.content,
                "files": {name: list(facts) for name, facts in self.files.items()},
                "report": self.report,
                "problem": self.problem,
                "is_done": self.is_done,
                "format": self.format_name,
            },
            allow_nan=True,
        )

    @classmethod
    def read(cls, line: bytes, *, with_report: bool = True) -> Entry | None:
        """That of a line; None where it is none."""
        try:
            found: object = json.loads(line)
            if not isinstance(found, dict) or (found.get("kind"), found.get("version")) != (_KIND, _VERSION):
                return None
            return cls(
                str(found["name"]),
                str(found["inputs"]),
                str(found["content"]),
                {str(name): (int(size), str(sha256)) for name, (size, sha256) in found["files"].items()},
                dict(found["report"]) if with_report and found["report"] is not None else None,
                str(found["problem"]),
                bool(found["is_done"]),
                str(found.get("format", "")),
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None


@dataclass(frozen=True, slots=True)
class Known:
    """What a ledger says.

    Attributes:
        entries: the last one of each video, by its name.
        made: hashes of all contents that each file was ever given.
        whole_bytes: of the ledger's whole lines.
    """

    entries: Mapping[str, Entry]
    made: Mapping[str, Set[str]]
    whole_bytes: int


@dataclass(frozen=True, slots=True)
class Reported:
    """What the ledger tells of a video.

    Attributes:
        entry: the last one, with its report but for what is long in it: see `WorkFolder.whole`.
        place: of the line with its report, in bytes.
    """

    entry: Entry
    place: int

    @property
    def review_s(self) -> float:
        """Seconds that a review of the video takes."""
        return sum(float(each["review_s"]) for each in (self.entry.report or {}).get("objects", ()))


@dataclass(frozen=True, slots=True)
class WorkFolder:
    """Where a batch keeps what is finished: `FOLDER` in its output folder."""

    folder: Path

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger.jsonl"

    @property
    def told(self) -> Path:
        """What the summary and the report were last written from."""
        return self.folder / "told.json"

    @property
    def lock(self) -> Path:
        return self.folder / "lock"

    def read(self) -> Known:
        """What the ledger says; nothing where there is none yet. Raises OSError."""
        entries: dict[str, Entry] = {}
        made: dict[str, set[str]] = {}
        whole = 0
        try:
            with self.ledger.open("rb") as file:
                for line in file:
                    if not line.endswith(b"\n"):
                        break
                    whole += len(line)
                    entry = Entry.read(line, with_report=False)
                    if entry is None:
                        continue
                    entries[entry.name] = entry
                    for name, (_, digest) in entry.files.items():
                        made.setdefault(name, set()).add(digest)
        except FileNotFoundError:
            pass
        return Known(entries, made, whole)

    def reported(self) -> tuple[Reported, ...]:
        """Of each video of the ledger, by its name in order. Raises OSError."""
        found: dict[str, Reported] = {}
        place = 0
        with self.ledger.open("rb") as file:
            for line in file:
                start, place = place, place + len(line)
                entry = Entry.read(line) if line.endswith(b"\n") else None
                if entry is None:
                    continue
                before = found.get(entry.name)
                if entry.report is None and before is not None:
                    found[entry.name] = replace(before, entry=_with_report_of(before.entry, entry))
                else:
                    report = {name: value for name, value in (entry.report or {}).items() if name not in _LONG}
                    found[entry.name] = Reported(replace(entry, report=report), start)
        return tuple(found[name] for name in sorted(found))

    def whole(self, reported: Iterable[Reported]) -> Iterator[Entry]:
        """Entries with all of their reports, one by one. Raises OSError."""
        with self.ledger.open("rb") as file:
            for each in reported:
                file.seek(each.place)
                entry = Entry.read(file.readline())
                if entry is None:
                    raise OSError(f"{self.ledger} was changed meanwhile")
                yield _with_report_of(entry, each.entry)

    def has_units(self) -> bool:
        """Whether anything is kept of any unit."""
        with suppress(OSError), os.scandir(self.folder / "units") as entries:
            return next(entries, None) is not None
        return False

    def unit(self, key: str) -> bytes | None:
        """What was kept of a unit."""
        try:
            return (self.folder / "units" / key).read_bytes()
        except FileNotFoundError:
            return None

    def keep_unit(self, key: str, data: bytes) -> None:
        """Keep a result, whole or not at all; raises OSError."""
        write_whole(self.folder / "units" / key, data)

    def drop_units(self, keys: list[str]) -> None:
        """These are no longer needed; what cannot be removed stays."""
        for key in keys:
            with suppress(OSError):
                (self.folder / "units" / key).unlink()


def _with_report_of(reporting: Entry, last: Entry) -> Entry:
    """The last entry of a video, with what an earlier one reports."""
    return replace(last, report=reporting.report)


def write_whole(path: Path, data: bytes) -> None:
    """A file that has its old content or all of the new; raises OSError."""
    with replaced_whole(path) as new:
        new.write_bytes(data)
