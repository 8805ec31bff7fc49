"""Damages copies of a project file in many ways, and does with each all that is done with projects.

    python -m tests.dlst_gui.project.mutation_trials 600

Nothing but `ProjectFileError` may come of it, and where a copy is refused as damaged, salvaging either makes a
project that opens, or says that nothing is left.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from dlst_gui.api import open_project
from dlst_gui.project.errors import DamagedProjectError, ProjectFileError
from dlst_gui.project.history import EditHistory
from dlst_gui.project.last_view import last_view
from dlst_gui.project.opening import ProjectOpener
from dlst_gui.project.run_facts import known_runs, next_run_id
from dlst_gui.project.salvage import salvage
from dlst_gui.project.store import ProjectStore
from tests.dlst_gui.project.random_edits import VIDEO, RandomEdits
from tests.fuzz.mutations import MUTATIONS, mutated

SCHEMA_PAGE = 4096  # bytes


def main(count: int) -> int:
    """0 where nothing unexpected came of any copy."""
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        data = made_project(Path(folder) / "whole.dlst")
        for name, copy in damaged_copies(data, count):
            path = Path(folder) / "copy.dlst"
            for fault in faults_of(path, copy, counts):
                print(f"{name}: {fault}")  # noqa: T201
                counts["faults"] += 1
    print(", ".join(f"{counts[name]} {name}" for name in sorted(counts)))  # noqa: T201
    return int(counts["faults"] > 0)


def made_project(path: Path) -> bytes:
    """A project with all kinds of content and a history."""
    with ProjectStore.create(path, VIDEO) as store:
        project = store.read_project()
        edits = RandomEdits(project, EditHistory(project, store), seed=11)
        for _ in range(150):
            edits.step()
        store.set_meta("view", {"frame": 3, "track": None})
        facts = {
            "program_version": "1",
            "system": "x",
            "weights": "w",
            "weights_sha256": "",
            "seed": 1,
            "device": "cpu",
        }
        store.set_meta("run 1", facts)
    return path.read_bytes()


def damaged_copies(data: bytes, count: int) -> Iterator[tuple[str, bytes]]:
    """Copies under names that say how they came to be; a third of them damaged in the page of the schema."""
    names = list(MUTATIONS)
    for number in range(count):
        name = names[number % len(names)]
        if number // len(names) % 3 == 0:
            yield f"{name} in the schema, {number}", mutated(data[:SCHEMA_PAGE], name, number) + data[SCHEMA_PAGE:]
        elif number // len(names) % 3 == 1:
            yield f"{name} in the schema's text, {number}", with_broken_schema(data, number)
        else:
            yield f"{name}, {number}", mutated(data, name, number)


def with_broken_schema(data: bytes, seed: int) -> bytes:
    """A letter of a statement or name in the schema is another, or none at all."""
    changed, chance = bytearray(data), random.Random(seed)
    words = [found.span() for found in re.finditer(rb"[A-Za-z_ ]{5,}", data[:SCHEMA_PAGE])]
    start, end = chance.choice(words)
    changed[chance.randrange(start, end)] = chance.choice((0x80, 0xC3, 0xFF, 0x00, 0x41))
    return bytes(changed)


def faults_of(path: Path, copy: bytes, counts: Counter[str]) -> list[str]:
    """What came of a copy that should not have."""
    faults = []
    for name, use in USES.items():
        for left in path.parent.glob(f"{path.name}*"):
            left.unlink()
        path.write_bytes(copy)
        try:
            use(path)
        except ProjectFileError:
            counts[f"refused by {name}"] += 1
        except Exception:
            faults.append(f"{name}: {traceback.format_exc(limit=-3)}")
        else:
            counts[f"taken by {name}"] += 1
    return faults


def _open_to_write(path: Path) -> None:
    with ProjectStore.open(path) as store:
        _read_all(store)


def _open_to_read(path: Path) -> None:
    with ProjectStore.open(path, read_only=True) as store:
        _read_all(store)


def _read_all(store: ProjectStore) -> None:
    project = store.read_project()
    for step in store.steps():
        store.changes(step.edit_id)
    last_view(store)
    known_runs(store)
    next_run_id(store)
    for track in project.tracks():
        project.predictions(track.track_id)
        project.shown(track.track_id, 5)


def _undo_and_redo(path: Path) -> None:
    with ProjectStore.open(path) as store:
        history = EditHistory(store.read_project(), store)
        while history.undo() is not None:
            pass
        while history.redo() is not None:
            pass


def _edit(path: Path) -> None:
    with ProjectStore.open(path) as store:
        project = store.read_project()
        edits = RandomEdits(project, EditHistory(project, store), seed=1)
        for _ in range(5):
            edits.step()


def _salvage(path: Path) -> None:
    salvaged = path.with_name("salvaged.dlst")
    salvaged.unlink(missing_ok=True)
    salvage(path, salvaged)
    try:
        _open_to_write(salvaged)
    except ProjectFileError as error:
        raise RuntimeError(f"what was salvaged is refused: {error}") from error


def _read_by_api(path: Path) -> None:
    with open_project(path, video=path) as project:
        assert project.tracks is not None


def _find_video(path: Path) -> None:
    ProjectOpener(None).video_of(path)


def _save_copy(path: Path) -> None:
    copy = path.with_name("another.dlst")
    copy.unlink(missing_ok=True)
    with ProjectStore.open(path, read_only=True) as store:
        store.save_copy(copy)
    _raise_unless_whole(copy)


def _raise_unless_whole(path: Path) -> None:
    try:
        ProjectStore.open(path).close()
    except DamagedProjectError as error:
        raise RuntimeError(f"a copy that was made is damaged: {error}") from error


USES: Mapping[str, Callable[[Path], None]] = {
    "opening": _open_to_write,
    "looking": _open_to_read,
    "undo": _undo_and_redo,
    "edits": _edit,
    "salvage": _salvage,
    "the API": _read_by_api,
    "looking for its video": _find_video,
    "a copy": _save_copy,
}


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
