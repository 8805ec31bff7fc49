"""What is finished: a file of lines that is only ever added to, and the results of units whose video is not done.

    batch/ledger.jsonl      a line for each video that is done, or has failed
    batch/units/KEY         the result of a unit, whole (`UnitResult.to_bytes`); gone once its video is done

A line that was cut short ends what is read. The last line of a video counts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from dlst_gui.files import replaced_whole

FOLDER = "batch"
_KIND, _VERSION = "dlst-batch", 1


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of a video.

    Attributes:
        name: of the job.
        inputs: a hash of what was given, without opening it.
        content: a hash of the work; "" where it did not come so far.
        files: what was made, relative to the output folder, with sizes and hashes.
        report: what is told of it: see `dlst_gui.batch.report`.
        problem: why it has failed, or is not all that was asked for; "" where all is well.
        is_done: whether there is a project; the same call does not try again.
    """

    name: str
    inputs: str
    content: str
    files: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    report: Mapping[str, object] = field(default_factory=dict)
    problem: str = ""
    is_done: bool = True

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
            },
            allow_nan=True,
        )

    @classmethod
    def read(cls, line: bytes) -> Entry | None:
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
                dict(found["report"]),
                str(found["problem"]),
                bool(found["is_done"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None


@dataclass(frozen=True, slots=True)
class WorkFolder:
    """Where a batch keeps what is finished: `FOLDER` in its output folder."""

    folder: Path

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger.jsonl"

    @property
    def lock(self) -> Path:
        return self.folder / "lock"

    def read(self) -> tuple[dict[str, Entry], int]:
        """The last entry of each video by its name, and how many bytes of the ledger are whole lines."""
        entries: dict[str, Entry] = {}
        whole = 0
        try:
            with self.ledger.open("rb") as file:
                for line in file:
                    entry = Entry.read(line) if line.endswith(b"\n") else None
                    if entry is None:
                        break
                    entries[entry.name] = entry
                    whole += len(line)
        except FileNotFoundError:
            pass
        return entries, whole

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


def write_whole(path: Path, data: bytes) -> None:
    """A file that has its old content or all of the new; raises OSError."""
    with replaced_whole(path) as new:
        new.write_bytes(data)
