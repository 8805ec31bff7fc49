"""Kills exports, imports and runs of `track` wherever they change files, and looks at what the next start finds.

    python -m tests.dlst_gui.files.kill_points                 all cases
    python -m tests.dlst_gui.files.kill_points csv import      those whose titles begin so
    python -m tests.dlst_gui.files.kill_points --system csv    at calls of the system, with strace

Each case is done once unharmed, for what lies there before and after. Then everything is put back, done again in a
process that is killed, and looked at twice, for every kill point:

* at once: under the target's name and the receipt's there is something, where there was before;
* after the next start in that folder: all files are as before or all as after, the receipt's hashes are those of
  the files, nothing else is left. At every fifth point, doing the same once more gives what it should.

A kill point lies before or after each call of Python that changes names or files, or opens one to write; with
`--system` on entering each call of the system, those that SQLite and FFmpeg make included.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

from tests.dlst_gui.exchange.made_projects import made_project
from tests.dlst_gui.files.kill_cases import Case, all_cases, facts, problems_in
from tests.dlst_gui.files.killing import End, call_count, kill_points, killed

SYSTEM_CALLS = (
    *("rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat", "rmdir", "mkdir", "fsync"),
    *("fdatasync", "ftruncate", "pwrite64"),
)
"""Not `write`: what goes through pipes to processes that decode, and to the terminal, changes no file."""

EVERY = 5
"""Points after which the work is done once more."""

KillPoint = tuple[str, Callable[[], bool]]
"""What it is called, and what does the work up to there; False: it came to its end before."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the kill points of a case ended; `problems` names each that is not as it should be."""

    old: int
    new: int
    problems: tuple[str, ...]


def main(words: Sequence[str]) -> int:
    """0 where nothing is wrong."""
    os.fsync = lambda _handle: None  # what is killed here is a process, not the machine
    if words[:1] == ["--do"]:
        _, title, project, folder = words
        next(case for case in all_cases(Path(project)) if case.title == title).work(Path(folder))
        return 0
    is_system = "--system" in words
    names = [word for word in words if word != "--system"]
    points = problems = 0
    with tempfile.TemporaryDirectory() as name:
        project = made_project(Path(name) / "project")
        points_of = partial(of_the_system, project) if is_system else of_python
        for case in all_cases(project):
            if names and not case.title.startswith(tuple(names)):
                continue
            outcome = tried(case, Path(name) / "out", points_of)
            points += outcome.old + outcome.new
            problems += len(outcome.problems)
            ends = f"{outcome.old:4} old, {outcome.new:4} new, {len(outcome.problems)} wrong"
            print(f"{case.title:42} {outcome.old + outcome.new:5} kill points: {ends}", flush=True)  # noqa: T201
            for problem in outcome.problems[:5]:
                print(f"    {problem}", flush=True)  # noqa: T201
    print(f"{points} kill points, {problems} wrong")  # noqa: T201
    return int(problems > 0)


def tried(case: Case, folder: Path, points_of: Callable[[Case, Path], Iterator[KillPoint]]) -> Outcome:
    """All kill points of a case; `folder` is made, and removed again."""
    kept = folder.with_name(f"{folder.name}-before")
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir()
    case.begin(kept)
    before = facts(kept)
    _put_back(kept, folder)
    case.work(folder)
    after = facts(folder)
    assert before != after, case.title
    found: list[bool] = []
    problems: list[str] = []
    _put_back(kept, folder)
    for place, is_killed in points_of(case, folder):
        if is_killed():
            absent = [name for name in case.names if not (folder / name).exists()]
            case.next_start(folder)
            now = facts(folder)
            found.append(now == after)
            problems += [f"{place}: {name} was missing at once" for name in absent]
            problems += [f"{place}: {problem}" for problem in problems_in(folder)]
            if now not in (before, after):
                other = sorted(name for name in now.keys() | after.keys() if now.get(name) != after.get(name))
                problems.append(f"{place}: neither as before nor as after; not as after: {other}")
            if len(found) % EVERY == 0:
                case.work(folder)
                if not _is_done_again(facts(folder), after):
                    problems.append(f"{place}: done again, it is not as it should be")
        _put_back(kept, folder)
    shutil.rmtree(folder)
    shutil.rmtree(kept)
    assert found, f"{case.title}: nothing was killed"
    return Outcome(len(found) - sum(found), sum(found), tuple(problems))


def of_python(case: Case, folder: Path) -> Iterator[KillPoint]:
    """Before and after each of Python's calls; the folder is put back between them."""
    work = partial(case.work, folder)
    kept = folder.with_name(f"{folder.name}-count")
    _put_back(folder, kept)
    calls = call_count(partial(case.work, kept))
    shutil.rmtree(kept)
    for number, moment in kill_points(calls):
        yield f"{moment.value} call {number}", lambda n=number, m=moment: killed(work, n, m) is End.KILLED


def of_the_system(project: Path, case: Case, folder: Path) -> Iterator[KillPoint]:
    """On entering each of the system's calls, kind by kind, until the work comes to its end."""
    ended: list[bool] = []

    def until(call: str, number: int) -> bool:
        ended.append(_is_killed(call, number, (case.title, str(project), str(folder))))
        return ended[-1]

    for call in SYSTEM_CALLS:
        for number in count(1):
            yield f"{call} {number}", partial(until, call, number)
            if not ended[-1]:
                break


def _is_killed(call: str, number: int, words: tuple[str, ...]) -> bool:
    rule = f"{call}:signal=KILL:when={number}"
    tracing = (
        "strace",
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        f"trace={call}",
        "-e",
        f"inject={rule}",
    )
    python = (sys.executable, "-B", "-m", "tests.dlst_gui.files.kill_points", "--do")
    ended = subprocess.run((*tracing, *python, *words), check=False, capture_output=True)
    assert ended.returncode in (0, 137, -9), ended.stderr.decode()
    return ended.returncode != 0


def _is_done_again(now: dict[str, str], after: dict[str, str]) -> bool:
    """Projects grow when labels are imported once more; everything else is as after the first time."""
    return {name: now.get(name) for name in after if not name.endswith(".dlst")} == {
        name: each for name, each in after.items() if not name.endswith(".dlst")
    }


def _put_back(kept: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(kept, folder)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
