"""Takes what a computer without power may leave of a project, in five ways, and opens or repairs it.

    python -m tests.dlst_gui.project.power_loss_trials 40 [variant ...]

A child edits and tracks at random and tells each step. It is halted at a random moment, its files are copied as
they are, and the copy is treated as a disk may: without the log, with the log cut at any byte or its last page
overwritten, or taken in the middle of folding the log in. What opens must be a state that the child has gone
through, with every step that is in what was left of the log or was folded in before; what does not open must be
repaired to an earlier one, by the offered way, or be there as an earlier state that was kept.

A log is cut and overwritten only behind what is being folded in: SQLite syncs that before the first page of it
goes into the database, and the database before the log begins anew (https://sqlite.org/wal.html, section 2.4). A
log that is shorter than what its database has of it is none that a power loss leaves.
"""

from __future__ import annotations

import mmap
import os
import random
import shutil
import signal
import struct
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from dlst_gui.project import background_sync
from dlst_gui.project.backups import BackupLimits, Backups
from dlst_gui.project.damaged_file import PAGE_BYTES
from dlst_gui.project.errors import ProjectFileError
from dlst_gui.project.history import EditHistory
from dlst_gui.project.salvage import repair
from dlst_gui.project.store import ProjectStore
from tests.dlst_gui.project.random_edits import VIDEO, RandomEdits, contents, opened

LONGEST_LIFE_S = 0.6
KEPT_AFTER_STEPS = 10
"""Steps after which the child keeps an earlier state, as the window does."""

_LOG_HEADER = 32
_FRAME_HEADER = 24
_FRAME = _FRAME_HEADER + PAGE_BYTES
_TOLD = struct.Struct("8sI")


class LogEnd(NamedTuple):
    """How far a log is written: which round of it, by its salt, and how many frames of that."""

    salt: bytes
    frames: int


@dataclass(frozen=True)
class Life:
    """What a child told until it was halted: after each step, the end of the log. `folder` has the copy."""

    seed: int
    told: tuple[LogEnd, ...]
    folder: Path

    def steps_within(self, left: LogEnd) -> int:
        """How many steps are there where the log is left so: those of earlier rounds have been folded in."""
        steps = (
            count for count, end in enumerate(self.told, 1) if end.salt != left.salt or end.frames <= left.frames
        )
        return max(steps, default=0)


class Log:
    """The log of a copied project, as SQLite's index of it tells (https://sqlite.org/walformat.html)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._index = path.with_name(path.name.replace("-wal", "-shm"))
        data = path.read_bytes() if path.exists() else b""
        self.salt = data[16:24]
        self.frames = 0
        for start in range(_LOG_HEADER, len(data) - _FRAME + 1, _FRAME):
            if data[start + 8 : start + 16] != self.salt:
                break  # of an earlier round
            self.frames += 1
        index = self._index.read_bytes()
        # With a salt that the log has not got yet, SQLite is about to begin it anew: it is all folded in.
        is_current = _end_of_log(index).salt == self.salt
        self.synced_frames = int.from_bytes(index[128:132], sys.byteorder) if is_current else self.frames

    def leave(self, size: int) -> LogEnd:
        """What remains of it where only its first bytes can be read, and no index."""
        self._index.unlink()
        return LogEnd(self.salt, max(size - _LOG_HEADER, 0) // _FRAME)

    @property
    def synced_size(self) -> int:
        """Bytes that were on the disk before any of them went into the database; 0 where none has."""
        return self.synced_frames and _LOG_HEADER + self.synced_frames * _FRAME

    @property
    def size(self) -> int:
        """Bytes up to its last frame; what lies behind is of an earlier round."""
        return self.frames and _LOG_HEADER + self.frames * _FRAME


def _end_of_log(index: bytes | mmap.mmap) -> LogEnd:
    return LogEnd(bytes(index[32:40]), int.from_bytes(index[16:20], sys.byteorder))


Harm = Callable[[Log, random.Random], LogEnd]
"""Of the log of a copy; what remains of it."""


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
    least = life.steps_within(VARIANTS[variant](Log(path.with_name("clip.dlst-wal")), chance))
    states = [repr(state) for state in states_until(life.seed, len(life.told) + 1)]
    try:
        found = repr(read(path))
    except ProjectFileError:
        return verdict_on_repaired(path, states)
    if found in states[least:]:
        return "opened as it was last told" if least == len(life.told) else "opened as it was"
    return "LOST: opened, but without its last steps" if found in states else "LOST: opened, but as it never was"


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
        pipe.read(_TOLD.size)
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
        data = pipe.read()
        told = tuple(LogEnd(*each) for each in _TOLD.iter_unpack(data[: len(data) // _TOLD.size * _TOLD.size]))
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
            # Kept open: a file that is closed loses the locks that SQLite has on it.
            index = mmap.mmap(os.open(path.with_name("clip.dlst-shm"), os.O_RDONLY), 4096, prot=mmap.PROT_READ)
            os.write(writer, bytes(_TOLD.size))
            for count in range(10**9):
                if count % KEPT_AFTER_STEPS == 0:
                    backups.make(path, datetime.now(UTC), BackupLimits(most_states=2))
                edits.step()
                os.write(writer, _TOLD.pack(*_end_of_log(index)))
    finally:
        os._exit(1)


def _leave(log: Log, chance: random.Random) -> LogEnd:
    return LogEnd(log.salt, log.frames)


def _without_log(log: Log, chance: random.Random) -> LogEnd:
    log.path.unlink(missing_ok=True)
    return log.leave(0)


def _cut_log(log: Log, chance: random.Random) -> LogEnd:
    size = chance.randint(log.synced_size, log.size)
    os.truncate(log.path, size)
    return log.leave(size)


def _tear_log(log: Log, chance: random.Random) -> LogEnd:
    torn = min(chance.randint(1, PAGE_BYTES), log.size - log.synced_size)
    with log.path.open("rb+") as file:
        file.seek(log.size - torn)
        file.write(chance.randbytes(torn))
    return log.leave(log.size - torn)


VARIANTS: Mapping[str, Harm] = {
    "as it was": _leave,
    "without the log": _without_log,
    "log cut short": _cut_log,
    "last page torn": _tear_log,
    "in the middle of folding in": _leave,
}


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), *sys.argv[2:]))
