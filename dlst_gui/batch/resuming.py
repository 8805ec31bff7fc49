"""What an earlier call has finished, and whether it is still what is asked for. No video is opened."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cache
from hashlib import sha256
from pathlib import Path

from dlst_gui.batch.batch_job import BatchJob, Target
from dlst_gui.batch.ledger import Entry
from dlst_gui.settings.program_version import program_version
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.video.sequence_folder import parts_of


@dataclass(frozen=True, slots=True)
class Resumed:
    """Where a call goes on.

    Attributes:
        finished: entries of jobs that need no more work, in the order of the jobs.
        open_jobs: all others, with what is known of them.
        changed: names of jobs that were finished, and whose inputs are others now.
    """

    finished: tuple[Entry, ...]
    open_jobs: tuple[tuple[BatchJob, str, Entry | None], ...]
    changed: tuple[str, ...]


def resume(jobs: Sequence[BatchJob], entries: Mapping[str, Entry], out: Path, format_name: str) -> Resumed:
    """Compare what is to be done with what is done.

    Args:
        jobs: all that are asked for.
        entries: of the ledger, by name.
        out: output folder.
        format_name: of the labels; "": none are wanted.
    """
    finished: list[Entry] = []
    open_jobs: list[tuple[BatchJob, str, Entry | None]] = []
    changed: list[str] = []
    look = _Looks()
    for job in jobs:
        inputs = inputs_of(job, format_name, look)
        entry = entries.get(job.name)
        is_there = entry is not None and entry.is_done and all((out / name).exists() for name in entry.files)
        if entry is not None and is_there and entry.inputs == inputs:
            finished.append(entry)
            continue
        if entry is not None and is_there:
            changed.append(job.name)
        open_jobs.append((job, inputs, entry))
    return Resumed(tuple(finished), tuple(open_jobs), tuple(changed))


class _Looks:
    """What a file or folder looks like from outside, and settings as plain values; each is looked at once."""

    def __init__(self) -> None:
        self.of = cache(_looks)
        self.plain: Callable[[TrackerSettings], dict[str, object]] = cache(asdict)


def inputs_of(job: BatchJob, format_name: str, look: _Looks | None = None) -> str:
    """A hash of all that a job is given, as far as that is seen without opening it."""
    look = look or _Looks()
    given = {job.video, *(each.labels for each in job.targets), job.project}
    parts = parts_of(job.video) if job.video.is_dir() else ()
    backbones = {Path(each.settings.backbone) for each in job.targets}
    content = {
        "version": program_version(),
        "format": format_name,
        "is_in_place": job.is_in_place,
        "targets": [_plain(each, look) for each in job.targets],
        "files": sorted([str(path), look.of(path)] for path in given.union(backbones, parts) if path is not None),
    }
    return sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def _plain(target: Target, look: _Looks) -> dict[str, object]:
    """All but its place; `asdict` would copy the settings anew for each row of a table."""
    values = {each.name: getattr(target, each.name) for each in fields(target)}
    return {**values, "settings": look.plain(target.settings), "taken": target.taken.value, "place": ""}


def _looks(path: Path) -> list[int]:
    """Size and time of change; of a folder also how much is in it. Nothing where there is nothing."""
    try:
        facts = path.stat()
        count = len(os.listdir(path)) if stat.S_ISDIR(facts.st_mode) else 0  # noqa: PTH208 - counted alone
    except OSError:
        return []
    return [facts.st_size if stat.S_ISREG(facts.st_mode) else 0, facts.st_mtime_ns, count]
