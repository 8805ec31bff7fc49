"""What is done with a file of each kind, and which answers are right ones. Runs in a worker's process."""

from __future__ import annotations

import contextlib
import io
import os
import random
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from dlst_gui import cli
from dlst_gui.project.errors import ProjectFileError
from dlst_gui.project.history import EditHistory
from dlst_gui.project.salvage import salvage
from dlst_gui.project.store import ProjectStore
from dlst_gui.video import VideoError, open_source
from tests.fuzz.mutators import ANY, TEXT, Mutator, mutated
from tests.fuzz.seeds import CLIP

TEXT_SUFFIXES = frozenset({".txt", ".csv", ".json", ".jsonl", ".xml", ".yaml", ".ini", ".label", ".tag", ".names"})


class WrongAnswerError(Exception):
    """The program neither did what was asked nor said in one line why not."""


def mutate(seed: Path, target: Path, rng: random.Random) -> Path:
    """A copy of a seed with one file of it mutated; its path, which is `target` for a folder."""
    if seed.is_dir():
        shutil.copytree(seed, target)
        victim = rng.choice(sorted(path for path in target.rglob("*") if path.is_file()))
        if rng.random() < 0.1:  # names say things, too
            other = victim.with_name(rng.choice(("000000", "1e9", "x" * 200, "-1")) + victim.suffix)
            victim.replace(other)
            victim = other
        made = target
    else:
        made = victim = target / seed.name
        target.mkdir()
        shutil.copyfile(seed, victim)
    mutators: Sequence[Mutator] = TEXT if victim.suffix in TEXT_SUFFIXES else ANY
    victim.write_bytes(mutated(victim.read_bytes(), rng, mutators))
    return made


def watch_video(path: Path, seeds: Path) -> str:
    """Open, look at some frames, go back, and once more from the end: every order gives the same frames."""
    del seeds
    seen: dict[int, int | None] = {}
    try:
        for is_backwards in (False, True):
            with open_source(path) as source:
                count = source.frame_count
                looks = (0, count // 2, count - 1, count // 2, count // 3, 0, *range(count - 6, count))
                for index in (each for each in looks[:: -1 if is_backwards else 1] if each >= 0):
                    try:
                        digest = hash(source.read(index).tobytes())
                    except VideoError:
                        digest = None
                    if seen.setdefault(index, digest) != digest:
                        raise WrongAnswerError(f"frame {index} is another one when it is read again")
                outcome = "opened" if source.notice is None else "opened, with a notice"
    except VideoError as error:
        return _refused(error)
    return outcome


def use_project(path: Path, seeds: Path) -> str:
    """Open, read, take everything back and make it again, copy; where it is refused, salvage."""
    del seeds
    try:
        with ProjectStore.open(path) as store:
            project = store.read_project()
            history = EditHistory(project, store)
            while history.undo():
                pass
            while history.redo():
                pass
            store.save_copy(path.with_name("copy.dlst"))
    except ProjectFileError as error:
        answer = _refused(error)
    else:
        return "opened"
    try:
        salvage(path, path.with_name("salvaged.dlst"))
    except ProjectFileError as error:
        _refused(error)
        return f"{answer}, nothing salvaged"
    return f"{answer}, salvaged"


def import_labels(path: Path, seeds: Path) -> str:
    """`dlst import` into a new project."""
    project = path.parent / "new.dlst"
    return _command("import", str(path), "--video", str(seeds / CLIP), "--project", str(project))


def import_weights(path: Path, seeds: Path) -> str:
    """`dlst weights import` into an empty folder."""
    del seeds
    return _command("weights", "import", str(path), "--folder", str(path.parent / "store"))


KINDS: Mapping[str, Callable[[Path, Path], str]] = {
    "videos": watch_video,
    "pictures": watch_video,
    "projects": use_project,
    "labels": import_labels,
    "weights": import_weights,
}


def _command(*words: str) -> str:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = cli.main(words)
    said = err.getvalue().strip()
    if status == 0:
        return "imported, with a notice" if said else "imported"
    if status != cli.BAD_INPUT or not said.startswith("dlst: ") or "\n" in said or "Traceback" in said:
        raise WrongAnswerError(f"status {status}: {said}")
    return "refused"


def _refused(error: Exception) -> str:
    if not str(error).strip() or len(str(error)) > 2000:
        raise WrongAnswerError(f"an answer of {len(str(error))} characters") from error
    return "refused"


def silence_native_libraries() -> None:
    """FFmpeg and libtiff write what they think of a file to the process's own stderr."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
