"""Kills exports, imports and `track` at every call that changes files, and checks what the next start finds.

    python -m tests.dlst_gui.files.kill_points              all formats, some minutes
    python -m tests.dlst_gui.files.kill_points csv yolo     only these

Each case is done once unharmed, for what lies there before and after. Then, for every call and both moments around
it, everything is put back, done again in a process that is killed there, and looked at twice:

* at once: what was under the target's name, and the receipt's, is there in its old or its new state;
* after the next start in that folder (`settle`): all files are as before or all as after, the receipt's hashes are
  those of the files, nothing else is left.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dlst_gui.api import ImageChoice, Selection, open_project
from dlst_gui.files import renames, settle
from dlst_gui.formats.format import Format
from dlst_gui.formats.registry import FORMATS, format_named
from tests.dlst_gui.exchange.made_projects import made_project
from tests.dlst_gui.files.killing import End, call_count, kill_points, killed

OLD, NEW = Selection(every=7), Selection(every=9)
"""Three frames each, of which two differ."""


@dataclass(frozen=True, slots=True)
class Case:
    """Something that is killed again and again.

    Attributes:
        work: what is done in a folder.
        begin: what lies in it before.
        names: which of them have to be there at any moment, where they are there before.
    """

    title: str
    begin: Callable[[Path], object]
    work: Callable[[Path], object]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the kill points of a case ended; `problems` names each that is not as it should be."""

    points: int
    old: int
    new: int
    absent: int
    problems: tuple[str, ...]


def main(names: Sequence[str]) -> int:
    """0 where nothing is wrong."""
    formats = [format_named(name) for name in names] or FORMATS
    os.fsync = lambda _handle: None  # what is killed here is a process, not the machine
    points = problems = 0
    with tempfile.TemporaryDirectory() as folder:
        project = made_project(Path(folder) / "project")
        for case in [case for label_format in formats for case in export_cases(project, label_format)]:
            outcome = tried(case, Path(folder) / "out")
            points += outcome.points
            problems += len(outcome.problems)
            print(  # noqa: T201
                f"{case.title:45} {outcome.points:5} kill points: {outcome.old:4} old, {outcome.new:4} new, "
                f"{outcome.absent} without a name at once, {len(outcome.problems)} wrong",
                flush=True,
            )
            for problem in outcome.problems[:5]:
                print(f"    {problem}")  # noqa: T201
    print(f"{points} kill points, {problems} wrong")  # noqa: T201
    return int(problems > 0)


def export_cases(project: Path, label_format: Format) -> list[Case]:
    """With and without images, where nothing was and over an earlier export, with names exchanged and without."""
    cases = []
    target = f"labels{label_format.suffix}"
    for images in (None, ImageChoice()) if label_format.wants_images else (None,):
        write = partial(exported, project, label_format.name, target, images)
        title = f"{label_format.name}{' with images' if images else ''}"
        new, old = partial(write, NEW), partial(write, OLD)
        names = (target, f"{target}.export.json")
        cases.append(Case(f"{title}, new", _nothing, new))
        cases.append(Case(f"{title}, over an earlier one", old, new, names))
        if label_format.is_folder:
            cases.append(Case(f"{title}, no exchange of names", old, partial(_without_renameat2, new)))
    return cases


def exported(
    project: Path, format_name: str, target: str, images: ImageChoice | None, selection: Selection, folder: Path
) -> None:
    """The command `export` in little."""
    with open_project(project) as opened:
        opened.export(format_name, folder / target, selection, images=images)


def tried(case: Case, folder: Path) -> Outcome:
    """All kill points of a case; `folder` is made, and removed again."""
    kept = folder.with_name(f"{folder.name}-before")
    _emptied(kept)
    case.begin(kept)
    before = facts(kept)
    _put_back(kept, folder)
    count = call_count(partial(case.work, folder))
    after = facts(folder)
    assert before != after, case.title
    found: list[bool] = []
    problems: list[str] = []
    absent = 0
    for number, moment in kill_points(count):
        place = f"{moment.value} call {number}"
        _put_back(kept, folder)
        if killed(partial(case.work, folder), number, moment) is not End.KILLED:
            problems.append(f"{place}: was not killed")
        absent += any(not (folder / name).exists() for name in case.names)
        settle(folder)
        found.append((now := facts(folder)) == after)
        problems += [f"{place}: {problem}" for problem in _problems(folder, now, before, after)]
    if any(case.names) and absent:
        problems.append(f"{absent} times a name had nothing")
    shutil.rmtree(folder)
    shutil.rmtree(kept)
    return Outcome(2 * count, len(found) - sum(found), sum(found), absent, tuple(problems))


def facts(folder: Path) -> dict[str, str]:
    """A hash per file; receipts without the moment at which they were written. Folders alone do not count."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            if path.name.endswith(".export.json"):
                content = json.loads(data)
                del content["written_at"]
                data = json.dumps(content).encode()
            found[path.relative_to(folder).as_posix()] = hashlib.sha256(data).hexdigest()
    return found


def _problems(folder: Path, now: object, before: object, after: object) -> list[str]:
    problems = [] if now in (before, after) else ["neither the old files nor the new ones"]
    problems += [f"{path.name} is left" for path in folder.rglob(".dlst-*")]
    for receipt in folder.glob("*.export.json"):
        for each in json.loads(receipt.read_text("utf-8"))["files"]:
            path = folder / each["path"]
            if not path.is_file():
                problems.append(f"the receipt lists {each['path']}, which is not there")
            elif each["sha256"] not in (None, hashlib.sha256(path.read_bytes()).hexdigest()):
                problems.append(f"the receipt's hash is not that of {each['path']}")
    return problems


def _nothing(_folder: Path) -> None:
    """Where nothing was."""


def _without_renameat2(work: Callable[[Path], object], folder: Path) -> None:
    """As on systems that cannot exchange names; in a process of its own."""
    renames._renameat2 = lambda: None
    work(folder)


def _emptied(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()


def _put_back(kept: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(kept, folder)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
