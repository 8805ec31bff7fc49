"""Feeds mutated videos, pictures, projects, labels and weights to the program and reports every wrong answer.

    python -m tests.fuzz 5000 --seed 1 --keep build/fuzz

A wrong answer is an exception that is not the program's own way to refuse a file, an exit status other than 0 and
2, more than one line on stderr, a process ended by a signal, more than 10 seconds, or more than 1 GB. Inputs that
gave one are kept under --keep, to be looked at and thrown away: they belong into no repository. Linux only.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import select
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.cases import KINDS
from tests.fuzz.seeds import make_seeds

SLOW_S = 10.0
GIVEN_UP_AFTER_S = 60.0
LARGE_MB = 1024
SHARES = {"labels": 4, "videos": 2, "projects": 2, "pictures": 1, "weights": 1}


@dataclass
class Tally:
    """How many cases of a kind there were, how they ended, and what was wrong."""

    count: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[int, str]] = field(default_factory=list)
    slowest_s: float = 0.0
    largest_mb: int = 0


def fuzz(count: int, seed: int, *, jobs: int, kinds: Sequence[str], keep: Path | None) -> dict[str, Tally]:
    """Try `count` cases, shared out among the kinds; the same seed gives the same files."""
    tasks: queue.SimpleQueue[tuple[str, int]] = queue.SimpleQueue()
    whole = sum(SHARES[kind] for kind in kinds)
    for kind in kinds:
        for number in range(-(-count * SHARES[kind] // whole)):
            tasks.put((kind, number))
    tallies = {kind: Tally() for kind in kinds}
    with tempfile.TemporaryDirectory(prefix="dlst-fuzz-") as name:
        seeds = Path(name, "seeds")
        seeds.mkdir()
        make_seeds(seeds)
        crews = [
            threading.Thread(
                target=_work, args=(tasks, tallies, seeds, Path(name, f"scratch-{number}"), seed, keep)
            )
            for number in range(jobs)
        ]
        for crew in crews:
            crew.start()
        for crew in crews:
            crew.join()
    return tallies


def _work(
    tasks: queue.SimpleQueue[tuple[str, int]],
    tallies: dict[str, Tally],
    seeds: Path,
    scratch: Path,
    seed: int,
    keep: Path | None,
) -> None:
    worker: subprocess.Popen[bytes] | None = None
    while not tasks.empty():
        try:
            kind, number = tasks.get_nowait()
        except queue.Empty:
            break
        if worker is None:
            worker = _started(seeds, scratch, seed)
        answer = asked(worker, kind, number)
        if worker.poll() is not None:
            _end(worker)
            worker = None
        tally = tallies[kind]
        tally.count += 1
        problem = problem_of(answer)
        tally.slowest_s = max(tally.slowest_s, float(answer.get("seconds", 0)))
        tally.largest_mb = max(tally.largest_mb, int(answer.get("peak_mb", 0)))
        tally.outcomes["wrong" if problem else str(answer["outcome"])] += 1
        if problem:
            tally.wrong.append((number, f"{answer.get('seed', '')}: {problem}"))
            if keep is not None and (scratch / "case/input").exists():
                target = keep / f"{kind}-{number}"
                shutil.rmtree(target, ignore_errors=True)
                shutil.copytree(scratch / "case/input", target)
                (keep / f"{kind}-{number}.txt").write_text(problem, "utf-8")
    if worker is not None:
        _end(worker)


def _end(worker: subprocess.Popen[bytes]) -> None:
    with worker:
        worker.terminate()


def _started(seeds: Path, scratch: Path, seed: int) -> subprocess.Popen[bytes]:
    homes = {name: str(scratch / "home") for name in ("HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")}
    command = [sys.executable, "-m", "tests.fuzz.worker", str(seeds), str(scratch), str(seed)]
    worker = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **homes},
    )
    assert worker.stdout is not None
    worker.stdout.readline()  # "ready": loading torch does not count
    return worker


def asked(worker: subprocess.Popen[bytes], kind: str, number: int) -> dict[str, object]:
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write(json.dumps({"kind": kind, "number": number}).encode() + b"\n")
    worker.stdin.flush()
    ready, _, _ = select.select([worker.stdout], [], [], GIVEN_UP_AFTER_S)
    line = worker.stdout.readline() if ready else b""
    if line.endswith(b"\n"):
        answer: dict[str, object] = json.loads(line)
        return answer
    if ready:
        return {"outcome": f"ended by signal {-worker.wait()}", "is_right": False}
    worker.kill()
    worker.wait()
    return {"outcome": f"no answer within {GIVEN_UP_AFTER_S:.0f} s", "is_right": False}


def problem_of(answer: dict[str, object]) -> str:
    if not answer["is_right"]:
        return str(answer["outcome"])
    if float(str(answer["seconds"])) > SLOW_S:
        return f"{answer['outcome']}, after {answer['seconds']} s"
    if int(str(answer["peak_mb"])) > LARGE_MB:
        return f"{answer['outcome']}, with {answer['peak_mb']} MB"
    return ""


def say(text: str) -> None:
    """Print."""
    sys.stdout.write(f"{text}\n")


def main() -> int:
    """Run it, print a table; 1 where an answer was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--kinds", nargs="+", choices=tuple(KINDS), default=tuple(KINDS))
    parser.add_argument("--keep", type=Path, help="folder for inputs that gave wrong answers")
    options = parser.parse_args()
    if options.keep is not None:
        options.keep.mkdir(parents=True, exist_ok=True)
    tallies = fuzz(options.count, options.seed, jobs=options.jobs, kinds=options.kinds, keep=options.keep)
    say("| kind | files | answers | wrong | slowest | largest |\n|---|---|---|---|---|---|")
    for kind, tally in tallies.items():
        answers = ", ".join(f"{outcome} {count}" for outcome, count in sorted(tally.outcomes.items()))
        say(
            f"| {kind} | {tally.count} | {answers} | {len(tally.wrong)} | {tally.slowest_s:.1f} s "
            f"| {tally.largest_mb} MB |"
        )
    for kind, tally in tallies.items():
        for number, problem in sorted(tally.wrong):
            say(f"\n{kind} {number}: {problem}")
    return int(any(tally.wrong for tally in tallies.values()))


if __name__ == "__main__":
    sys.exit(main())
