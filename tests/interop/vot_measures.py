"""The official VOT toolkit measures made-up results, and so do we: every digit has to be the same.

    python -m tests.interop.vot_measures OUT

OUT gets an environment with the toolkit and a workspace of the stack `vot2016/rgb`, with sequences and results of
`tests/tracker_core/evaluation/protocols/vot_results.py`. The numbers that the unit tests expect are those that the
toolkit gives here.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import cv2
import numpy as np

from tests.interop.own_environment import InteropError, environment, run, say
from tests.interop.vot_toolkit import REQUIREMENTS
from tests.tracker_core.evaluation.protocols import vot_results as made
from tests.tracker_core.evaluation.protocols.vot_runs import long_term_runs, supervised_runs
from tracker_core.evaluation.protocols.vot.long_term import measure_long_term
from tracker_core.evaluation.protocols.vot.supervised import measure_supervised

STACK, TRACKER, EXPERIMENT = "vot2016/rgb", "made", "baseline"

OFFICIAL = """
import json, sys
from vot.workspace import Workspace
from vot.analysis.supervised import AverageAccuracyRobustness, EAOScore, EAOCurve
from vot.analysis.longterm import PrecisionRecall
from vot.analysis import process_stack_analyses
from vot.experiment.multirun import UnsupervisedExperiment
from vot.tracker import Registry
from vot.analysis.processor import AnalysisProcessor
from vot.utilities.data import Grid

workspace = Workspace.load(sys.argv[1])
tracker = Registry([sys.argv[1]])["made"]
sequences = list(workspace.dataset)
experiments = workspace.stack.experiments
baseline, unsupervised = experiments["baseline"], experiments["unsupervised"]
with AnalysisProcessor.default() as processor:
    a, f, ar, length = processor.run(AverageAccuracyRobustness(), baseline, [tracker], sequences)[0, 0]
    eao = processor.run(EAOScore(low=108, high=371), baseline, [tracker], sequences)[0, 0][0]
    pr, re, fscore = processor.run(PrecisionRecall(), unsupervised, [tracker], sequences)[0, 0]
print(json.dumps({"accuracy": a, "failures": f, "eao": eao, "precision": pr, "recall": re, "f": fscore}))
"""


def write_workspace(workspace: Path) -> None:
    """Sequences and results as the toolkit wants them."""
    width, height = made.SIZE
    for name, length in made.LENGTHS.items():
        folder = workspace / "sequences" / name
        (folder / "color").mkdir(parents=True)
        image = np.zeros((height, width, 3), np.uint8)
        for index in range(length):
            if not cv2.imwrite(str(folder / "color" / f"{index + 1:08d}.jpg"), image):
                raise InteropError(f"{folder} cannot be written")
        (folder / "groundtruth.txt").write_text("\n".join(made.truth_lines(name)) + "\n")
        (folder / "sequence").write_text(
            f"name={name}\nwidth={width}\nheight={height}\nlength={length}\nfps=30\nformat=default\n"
            "channels.color=color/%08d.jpg\n"
        )
        results = workspace / "results" / TRACKER / EXPERIMENT / name
        results.mkdir(parents=True)
        for repetition in range(made.REPETITIONS):
            stem = f"{name}_{repetition + 1:03d}"
            (results / f"{stem}.txt").write_text("\n".join(made.supervised_lines(name, repetition)) + "\n")
        results = workspace / "results" / TRACKER / "unsupervised" / name
        results.mkdir(parents=True)
        (results / f"{name}_001.txt").write_text("\n".join(made.unsupervised_lines(name)) + "\n")
        lines = ("" if value is None else repr(value) for value in made.confidences(name))
        (results / f"{name}_001_confidence.value").write_text("\n".join(lines) + "\n")
    (workspace / "sequences" / "list.txt").write_text("\n".join(made.LENGTHS) + "\n")
    (workspace / "trackers.ini").write_text(f"[{TRACKER}]\nlabel = made\nprotocol = trax\ncommand = none\n")


def main() -> int:
    """Measure with both; 1 where a digit differs."""
    parser = argparse.ArgumentParser(description="VOT's measures, ours against the official toolkit's.")
    parser.add_argument("out", type=Path, metavar="OUT")
    out: Path = parser.parse_args().out.resolve()
    try:
        programs = environment(out / "environment", REQUIREMENTS)
        workspace = out / "workspace"
        workspace.mkdir(parents=True, exist_ok=True)
        run([programs / "vot", "configure", "--workspace", workspace, "--nodownload", STACK], cwd=out)
        write_workspace(workspace)
        said = run([programs / "python", "-c", OFFICIAL, workspace], cwd=out, is_told=False)
        official = json.loads(said.strip().splitlines()[-1])
    except InteropError as error:
        say(str(error))
        return 1
    supervised, long_term = measure_supervised(supervised_runs()), measure_long_term(long_term_runs())
    ours = {
        "accuracy": supervised.accuracy,
        "failures": supervised.failures,
        "eao": supervised.eao,
        "precision": long_term.precision,
        "recall": long_term.recall,
        "f": long_term.f,
    }
    for name, value in official.items():
        say(f"{name}: the toolkit {value!r}, ours {ours[name]!r}{'' if value == ours[name] else ' DIFFERS'}")
    return 0 if official == ours else 1


if __name__ == "__main__":
    sys.exit(main())
