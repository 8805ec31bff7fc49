"""Takes the project file away from a working session, in every way, and checks that no accepted edit is lost.

    python -m tests.dlst_gui.loss_trials 30 [kind ...]

In every second trial a tracking run goes on meanwhile. What the project in memory holds at the end must be in the
file that the session then says it works in, and the session must have said so within a second.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtWidgets import QApplication

from dlst_gui.project.opening import ProjectOpener
from dlst_gui.project.store import ProjectStore
from dlst_gui.session.session import Session
from dlst_gui.tracking.tracker_factory import TrackerSettings
from tests.dlst_gui.project.losses import LOSSES
from tests.dlst_gui.project.random_edits import RandomEdits, contents
from tests.dlst_gui.window_fakes import Workshop
from tests.fakes import SyntheticVideo
from tracker_core import Box

TOLD_WITHIN_S = 1.0
GIVEN_UP_AFTER_S = 10.0
FRAMES = 400


@dataclass
class Trial:
    """How one ended."""

    problems: list[str] = field(default_factory=list)
    told_after_s: float = 0.0
    step_count: int = 0
    has_history: bool = True


def main(trials_per_kind: int, *kinds: str) -> int:
    """0 where every trial passed."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication(["loss-trials"])
    is_all_well = True
    for kind in kinds or LOSSES:
        trials = []
        for number in range(trials_per_kind):
            with tempfile.TemporaryDirectory() as folder:
                trials.append(run_trial(Path(folder), kind, seed=number, is_tracking=number % 2 == 1))
            for problem in trials[-1].problems:
                print(f"{kind}, trial {number}: {problem}")  # noqa: T201
        whole = sum(not trial.problems for trial in trials)
        slowest_s = max(trial.told_after_s for trial in trials)
        undoable = sum(trial.has_history for trial in trials)
        steps = sum(trial.step_count for trial in trials)
        print(  # noqa: T201
            f"{kind}: {whole}/{trials_per_kind} whole, {undoable} with history, {steps} steps, "
            f"told after {slowest_s:.2f} s at most"
        )
        is_all_well &= whole == trials_per_kind
    del application
    return int(not is_all_well)


def run_trial(folder: Path, kind: str, *, seed: int, is_tracking: bool) -> Trial:
    """Work, lose the file, work on; then see what is where the session says that it is."""
    videos = folder / "videos"
    videos.mkdir()
    chance, trial = random.Random(seed), Trial()
    workshop = Workshop(SyntheticVideo(FRAMES, speed=0.5), frame_delay_s=0.005, learn_delay_s=0.02)
    projects = ProjectOpener(folder / "data")
    session = Session(workshop.open_source, workshop.make_tracker, TrackerSettings(), projects)
    told: list[tuple[float, str]] = []
    session.failed.connect(lambda title, message: told.append((time.monotonic(), f"{title}: {message}")))
    try:
        session.open(videos / "clip.mp4")
        _wait_until(lambda: session.project is not None)
        project, history, path = session.project, session.current_project.history, session.current_project.path
        assert project is not None
        assert history is not None
        assert path is not None
        edits = RandomEdits(project, history, seed)
        session.set_box(0, Box(20, 20, 30, 30))
        if is_tracking:
            session.tracking.track()
        _work(edits, chance.uniform(0.05, 0.4), is_tracking=is_tracking)
        LOSSES[kind](path)
        lost_at_s = time.monotonic()
        _work(edits, chance.uniform(0, 0.2), is_tracking=is_tracking)
        _wait_until(lambda: bool(told))
        trial.told_after_s = (told[0][0] if told else time.monotonic()) - lost_at_s
        _work(edits, 0.1, is_tracking=is_tracking)
        session.run.stop()
        trial.step_count = len(history.steps())
        expected, steps, found_at = contents(project), history.steps(), session.current_project.path
        session.close()
        trial.problems = _problems(trial, expected, steps, found_at, told)
        trial.has_history = "Not all of what" not in "".join(message for _, message in told)
    finally:
        session.close()
    return trial


def _problems(
    trial: Trial, expected: object, steps: object, path: Path | None, told: list[tuple[float, str]]
) -> list[str]:
    if path is None:
        return ["nothing is saved any more"]
    problems = []
    if len(told) != 1:
        problems.append(f"told {[message for _, message in told]}")
    if trial.told_after_s > TOLD_WITHIN_S:
        problems.append(f"told after {trial.told_after_s:.2f} s")
    with ProjectStore.open(path) as store:
        if contents(store.read_project()) != expected:
            problems.append(f"the project in memory is not the one in {path}")
        if store.steps() != steps:
            problems.append("the steps are others")
    return problems


def _work(edits: RandomEdits, duration_s: float, *, is_tracking: bool) -> None:
    """Edit at random; a run that goes on is left to itself, as the window does."""
    end_s = time.monotonic() + duration_s
    while time.monotonic() < end_s:
        QApplication.processEvents()
        if is_tracking:
            time.sleep(0.005)
        else:
            edits.step()


def _wait_until(is_so: object) -> None:
    end_s = time.monotonic() + GIVEN_UP_AFTER_S
    while time.monotonic() < end_s and callable(is_so) and not is_so():
        QApplication.processEvents()
        time.sleep(0.005)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), *sys.argv[2:]))
