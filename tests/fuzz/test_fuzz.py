"""The fuzzer finds what it looks for, its seeds are sound, and a few hundred mutated files get right answers."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz import __main__ as fuzzer
from tests.fuzz import cases, worker
from tests.fuzz.mutators import ANY, TEXT, mutated
from tests.fuzz.seeds import make_seeds, seeds_of

ANSWERED = {"outcome": "refused", "is_right": True, "seconds": 0.1, "peak_mb": 100}


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeds")
    make_seeds(folder)
    return folder


@pytest.mark.parametrize("kind", cases.KINDS)
def test_seeds_when_not_mutated_then_are_taken(
    seeds: Path, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cases, "mutated", lambda data, _rng, _mutators: data)
    rng = random.Random(1)
    rng.random = lambda: 1.0  # no file is renamed
    answers = {}
    for number, seed in enumerate(seeds_of(seeds, kind)):
        folder = tmp_path / str(number)
        folder.mkdir()
        answers[seed.name] = cases.KINDS[kind](cases.mutate(seed, folder / "input", rng), seeds)
    assert answers
    assert {name: answer for name, answer in answers.items() if answer.startswith("refused")} == {}


def test_mutations_when_made_then_differ_and_are_the_same_for_the_same_seed() -> None:
    data = b'{"frame": 12, "box": [1.5, 2, 30, 40]}\n' * 50
    made = [mutated(data, random.Random(number), TEXT) for number in range(300)]
    assert made == [mutated(data, random.Random(number), TEXT) for number in range(300)]
    assert sum(each != data for each in made) > 280
    assert len(set(made)) > 280
    assert mutated(b"", random.Random(1), ANY) == b""


def test_worker_when_the_program_raises_then_says_so(seeds: Path, tmp_path: Path, monkeypatch) -> None:
    def raise_anything(path: Path, _seeds: Path) -> str:
        raise AttributeError(f"no attribute of {path.suffix}")

    monkeypatch.setattr(worker, "KINDS", {"projects": raise_anything})
    answer = worker.tried(seeds, tmp_path, "projects", random.Random(1))
    assert not answer["is_right"]
    assert "AttributeError: no attribute of .dlst" in str(answer["outcome"])


@pytest.mark.parametrize(
    ("program", "outcome"),
    [
        ("import os, signal; input(); os.kill(os.getpid(), signal.SIGTERM)", "ended by signal 15"),
        ("import time; input(); time.sleep(60)", "no answer within"),
    ],
)
def test_fuzzer_when_a_worker_ends_or_hangs_then_says_so(
    program: str, outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fuzzer, "GIVEN_UP_AFTER_S", 2.0)
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        answer = fuzzer.asked(process, "videos", 0)
    assert outcome in str(answer["outcome"])
    assert fuzzer.problem_of(answer)


@pytest.mark.parametrize(
    "wrong",
    [{"seconds": fuzzer.SLOW_S + 1}, {"peak_mb": fuzzer.LARGE_MB + 1}, {"is_right": False}],
    ids=["slow", "large", "wrong"],
)
def test_fuzzer_when_an_answer_is_slow_or_large_or_wrong_then_counts_it(wrong: dict[str, object]) -> None:
    assert not fuzzer.problem_of(ANSWERED)
    assert fuzzer.problem_of({**ANSWERED, **wrong})


@pytest.mark.timeout(300)
def test_program_when_given_mutated_files_then_takes_or_refuses_them() -> None:
    tallies = fuzzer.fuzz(100, 16, jobs=1, kinds=tuple(cases.KINDS), keep=None)
    wrong = {kind: tally.wrong for kind, tally in tallies.items() if tally.wrong}
    assert wrong == {}
    assert sum(tally.count for tally in tallies.values()) >= 100
