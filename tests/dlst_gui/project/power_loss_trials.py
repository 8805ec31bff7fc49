"""Takes what a computer without power may leave of a project, in five ways, and opens or repairs it.

    python -m tests.dlst_gui.project.power_loss_trials 40 [variant ...]

A child edits and tracks at random and tells each step. It is halted at a random moment, its files are copied as
they are, and the copy is treated as a disk may: without the log, with the log cut at any byte or its last page
overwritten, or taken in the middle of folding the log in. What opens must be a state that the child has gone
through, the last one told where nothing was taken away; what does not open must be repaired to an earlier one, by
the offered way, or be there as an earlier state that was kept.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dlst_gui.project import background_sync
from dlst_gui.project.backups import BackupLimits, Backups
from dlst_gui.project.errors import ProjectFileError
from dlst_gui.project.history import EditHistory
from dlst_gui.project.salvage import repair
from dlst_gui.project.store import ProjectStore
from tests.dlst_gui.project.random_edits import VIDEO, RandomEdits, contents, opened

LONGEST_LIFE_S = 0.6
KEPT_AFTER_STEPS = 10
"""Steps after which the child keeps an earlier state, as the window does."""

Harm = Callable[[Path, Path, random.Random], None]
"""Of a copy: the database, its log."""


@dataclass(frozen=True)
class Life:
    """What a child told until it was halted; the copy of its files lies in `folder`."""

    seed: int
    told: int
    folder: Path


def main(trials_per_variant: int, *variants: str) -> int:
    """0 where everything that was durable is there, opened or repaired."""
    is_all_well = True
    for variant in variants or VARIANTS:
        counts: Counter[str] = Counter()
        for seed in range(trials_per_variant):
            with tempfile.TemporaryDirectory() as folder:
                verdict = verdict_on(variant, Path(folder), seed)
                counts[verdict] += 1
                if verdict.startswith("LOST"):
                    print(f"{variant}, trial {seed}: {verdict}")  # noqa: T201
        lost = sum(count for verdict, count in counts.items() if verdict.startswith("LOST"))
        told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in sorted(counts))
        print(f"{variant}: {trials_per_variant - lost}/{trials_per_variant} ({told})")  # noqa: T201
        is_all_well &= lost == 0
    return int(not is_all_well)


def verdict_on(variant: str, folder: Path, seed: int) -> str:
    """How one trial ended; begins with LOST where something durable is gone."""
    chance = random.Random(f"{variant} {seed}")
    life = halted_child(folder, seed, chance, in_folding=variant == "in the middle of folding in")
    path = life.folder / "clip.dlst"
    VARIANTS[variant](path, path.with_name("clip.dlst-wal"), chance)
    is_all_there = variant in ("as it was", "in the middle of folding in")
    states = [repr(state) for state in states_until(life.seed, life.told + 1)]
    wanted = states[life.told :] if is_all_there else states
    try:
        found = repr(read(path))
    except ProjectFileError:
        return verdict_on_repaired(path, states)
    if found in wanted:
        return "opened as it was last told" if is_all_there else "opened as it was"
    return "LOST: opened, but as it never was"


def verdict_on_repaired(path: Path, states: list[str]) -> str:
    """What the offered ways make of a file that does not open."""
    try:
        repair(path)
        if repr(read(path)) in states:
            return "repaired to what it was"
    except ProjectFileError:
        pass
    kept = Backups(path.parent / "backups").states_of(path.parent.parent / "made" / "clip.dlst")
    if kept and repr(read(kept[0].path)) in states:
        return "restored from an earlier state"
    return "LOST: neither repaired nor kept"


def read(path: Path) -> tuple[object, object]:
    """State and history, once both have been gone through."""
    with ProjectStore.open(path) as store:
        project = store.read_project()
        found = contents(project), [step.title for step in store.steps()]
        history = EditHistory(project, store)
        while history.undo() is not None:
            pass
    return found


def states_until(seed: int, count: int) -> list[tuple[object, object]]:
    """What there is after no step, one, two, and so on."""
    project, history = opened()
    edits = RandomEdits(project, history, seed)
    states = [(contents(project), list(history.titles()))]
    for _ in range(count):
        edits.step()
        states.append((contents(project), list(history.titles())))
    return states


def halted_child(folder: Path, seed: int, chance: random.Random, *, in_folding: bool) -> Life:
    """Let a child edit, halt it, copy its files, and end it."""
    made, copy = folder / "made", folder / "copy"
    made.mkdir()
    (reader, writer), (folding_reader, folding_writer) = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os.close(folding_reader)
        edit_for_ever(made / "clip.dlst", seed, writer, folding_writer)
    os.close(writer)
    os.close(folding_writer)
    with os.fdopen(reader, "rb") as pipe, os.fdopen(folding_reader, "rb", buffering=0) as folding:
        pipe.read(1)
        time.sleep(chance.uniform(0, LONGEST_LIFE_S))
        if in_folding:
            os.set_blocking(folding.fileno(), False)
            while folding.read(4096):
                pass
            os.set_blocking(folding.fileno(), True)
            while folding.read(1) != b"<":
                pass
            time.sleep(chance.uniform(0, 0.003))
        os.kill(child, signal.SIGSTOP)
        os.waitpid(child, os.WUNTRACED)
        shutil.copytree(made, copy)
        os.kill(child, signal.SIGKILL)
        told = len(pipe.read())
    os.waitpid(child, 0)
    return Life(seed, told, copy)


def edit_for_ever(path: Path, seed: int, writer: int, folding_writer: int) -> None:
    """Never returns: it is killed, or ends itself where something goes wrong. It folds its log in all the time."""
    try:
        background_sync.SYNCS_PER_CHECKPOINT = 2
        fold = background_sync.BackgroundSync._fold_log_in

        def told_fold(sync: background_sync.BackgroundSync) -> None:
            os.write(folding_writer, b"<")
            fold(sync)
            os.write(folding_writer, b">")

        background_sync.BackgroundSync._fold_log_in = told_fold  # type: ignore[method-assign]
        backups = Backups(path.parent / "backups")
        with ProjectStore.create(path, VIDEO) as store:
            project = store.read_project()
            edits = RandomEdits(project, EditHistory(project, store), seed)
            os.write(writer, b".")
            for count in range(10**9):
                if count % KEPT_AFTER_STEPS == 0:
                    backups.make(path, datetime.now(UTC), BackupLimits(most_states=2))
                edits.step()
                os.write(writer, b".")
    finally:
        os._exit(1)


def _leave(path: Path, log: Path, chance: random.Random) -> None:
    pass


def _without_log(path: Path, log: Path, chance: random.Random) -> None:
    log.unlink(missing_ok=True)
    path.with_name("clip.dlst-shm").unlink(missing_ok=True)


def _cut_log(path: Path, log: Path, chance: random.Random) -> None:
    path.with_name("clip.dlst-shm").unlink(missing_ok=True)
    os.truncate(log, chance.randint(0, log.stat().st_size))


def _tear_log(path: Path, log: Path, chance: random.Random) -> None:
    path.with_name("clip.dlst-shm").unlink(missing_ok=True)
    with log.open("rb+") as file:
        size = file.seek(0, os.SEEK_END)
        torn = chance.randint(1, 4096)
        file.seek(max(size - torn, 0))
        file.write(chance.randbytes(min(torn, size)))


VARIANTS: Mapping[str, Harm] = {
    "as it was": _leave,
    "without the log": _without_log,
    "log cut short": _cut_log,
    "last page torn": _tear_log,
    "in the middle of folding in": _leave,
}


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), *sys.argv[2:]))
