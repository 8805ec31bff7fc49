from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from distributed import Client, LocalCluster

from dlst_gui.batch.cluster import Crew
from dlst_gui.batch.coordinator import Coordinator, Outputs
from dlst_gui.batch.job_sources import find_jobs
from dlst_gui.batch.ledger import Entry, WorkFolder
from dlst_gui.batch.resuming import resume
from dlst_gui.tracking.tracker_factory import MakeTracker, TrackerSettings
from tests.dlst_gui.batch.batch_fakes import steady_tracker


@pytest.fixture(scope="session")
def crew() -> Iterator[Crew]:
    """Two workers in threads of this process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with (
            LocalCluster(n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None) as cluster,
            Client(cluster) as client,
        ):
            yield Crew(client, {}, "")


DEFAULT = TrackerSettings()


@dataclass
class Batch:
    """A call that notes what it hears; the same folder may be called upon again."""

    crew: Crew
    out: Path
    format_name: str = ""
    make_tracker: MakeTracker = steady_tracker
    entries: list[Entry] = field(default_factory=list)
    frames: int = 0
    prepared: int = 0
    cancelled_after: int | None = None
    data_folder: Path | None = None

    def should_cancel(self) -> bool:
        return self.cancelled_after is not None and len(self.entries) >= self.cancelled_after

    def on_prepared(self, frames: int) -> None:
        self.prepared += frames

    def on_frames(self, frames: int) -> None:
        self.frames += frames

    def on_video(self, entry: Entry) -> None:
        self.entries.append(entry)

    def run(self, jobs: Path, settings: TrackerSettings = DEFAULT, **given: bool) -> dict[str, Entry]:
        """What became of all jobs, by name; `entries` has those that this call has worked on."""
        self.entries, self.frames, self.prepared = [], 0, 0
        work = WorkFolder(self.out / "batch")
        work.folder.mkdir(parents=True, exist_ok=True)
        known = work.read()
        found = find_jobs(jobs, settings, self.data_folder, **given)
        resumed = resume(found, known.entries, self.out, self.format_name)
        outputs = Outputs(self.out, work, self.format_name, known.made, self._append, at_once)
        Coordinator(self.crew, outputs, self.make_tracker, self).run(resumed.open_jobs)
        reports = {each.name: each.report for each in work.whole(work.reported())}
        entries = (*resumed.finished, *self.entries)
        return {each.name: replace(each, report=reports[each.name]) for each in entries}

    def _append(self, line: str) -> None:
        with (self.out / "batch" / "ledger.jsonl").open("a") as file:
            file.write(f"{line}\n")


def at_once(action: Callable[[], None], path: Path) -> None:
    """For a disk that is never full."""
    action()


@pytest.fixture
def batch(crew: Crew, tmp_path: Path) -> Batch:
    return Batch(crew, tmp_path / "out")


WriteTable = Callable[[Sequence[str]], Path]


@pytest.fixture
def write_table(tmp_path: Path) -> WriteTable:
    def write(lines: Sequence[str]) -> Path:
        path = tmp_path / "jobs.csv"
        path.write_text("\n".join(lines) + "\n", "utf-8")
        return path

    return write
