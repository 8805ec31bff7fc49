"""The GOT-10k toolkit reads what `main.py evaluate --results-as got10k,otb` wrote, and finds the same scores.

    python -m tests.interop.got10k_toolkit OUT [--frames N]

OUT gets an environment with the toolkit, the shipped clip as an OTB and as a GOT-10k sequence, our evaluation of
both, and the toolkit's report. Compared are OTB's success (our AUC) and precision, and GOT-10k's average overlap.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from dlst_gui.video import open_source
from dlst_gui.video.demo_clip import demo_clip
from tests.interop.own_environment import InteropError, environment, run, say
from tests.interop.vot_toolkit import MAIN
from tracker_core import Box, iou_with_box

REQUIREMENTS = ("got10k==0.1.3", "six==1.17.0")
"""The toolkit imports six without asking for it."""

OTB_NAME = "Walking"  # the toolkit knows OTB's sequences by their names alone; the clip borrows one
GOT_NAME = "GOT-10k_Val_000001"
SEEDS, TRACKER = 2, "dlst_fast"
ALLOWED = 1e-9  # the same arithmetic but for an epsilon in the toolkit's union

READ = """
import json, sys
import matplotlib
matplotlib.use("Agg")
from got10k.datasets import OTB
from got10k.experiments import ExperimentGOT10k, ExperimentOTB
OTB._download = lambda self, root_dir, version: None
out, trackers = sys.argv[1], sys.argv[2].split(",")
folders = {"result_dir": f"{out}/evaluation", "report_dir": f"{out}/reports"}
otb = ExperimentOTB(f"{out}/otb", 2015, **folders).report(trackers)
got = ExperimentGOT10k(f"{out}/got10k", "val", **folders).report(trackers[:1])
print()
print(json.dumps([otb, got]))
"""


def write_sequences(out: Path, frame_count: int) -> tuple[Path, Path]:
    """The same frames and boxes for both readers; both count pixels from 1."""
    clip = demo_clip()
    if clip is None:
        raise InteropError("this checkout lacks resources/demo.mp4")
    otb, got = out / "otb" / OTB_NAME, out / "got10k" / "val" / GOT_NAME
    (otb / "img").mkdir(parents=True, exist_ok=True)
    got.mkdir(parents=True, exist_ok=True)
    with open_source(clip) as source:
        truth = [box for box in (source.ground_truth or ())[:frame_count] if box is not None]
        for index in range(frame_count):
            image = Image.fromarray(source.read(index))
            image.save(otb / "img" / f"{index + 1:04d}.jpg", quality=95)
            image.save(got / f"{index + 1:08d}.jpg", quality=95)
        resolution = f"({source.width}, {source.height})"
    rows = "".join(f"{box.x + 1:.4f},{box.y + 1:.4f},{box.width:.4f},{box.height:.4f}\n" for box in truth)
    (otb / "groundtruth_rect.txt").write_text(rows)
    (got / "groundtruth.txt").write_text(rows)
    for label, value in (("cover", 8), ("absence", 0), ("cut_by_image", 0)):
        (got / f"{label}.label").write_text(f"{value}\n" * frame_count)
    (got / "meta_info.ini").write_text(f"[METAINFO]\nresolution: {resolution}\n")
    (got.parent / "list.txt").write_text(f"{GOT_NAME}\n")
    return otb, got


def our_average_overlap(evaluation: Path, got: Path) -> float:
    """As GOT-10k defines it: the mean IoU of all seeds' frames, the first left out."""
    truth = np.loadtxt(got / "groundtruth.txt", delimiter=",")
    files = [evaluation / TRACKER / str(seed) / f"{GOT_NAME}.txt" for seed in range(SEEDS)]
    results = [np.loadtxt(file, delimiter=",") for file in files]
    ious = [
        iou_with_box(row[None], Box.from_xywh(true_row))
        for rows in results
        for row, true_row in zip(rows[1:], truth[1:], strict=True)
    ]
    return float(np.mean(ious))


def compare(name: str, *, ours: float, theirs: float) -> None:
    """Say both; InteropError where they differ."""
    say(f"{name:>28}: ours {ours:.6f}, the toolkit's {theirs:.6f}, difference {abs(ours - theirs):.1e}")
    if abs(ours - theirs) > ALLOWED:
        raise InteropError(f"{name}: ours is {ours}, the toolkit's {theirs}")


def main(words: Sequence[str] | None = None) -> None:
    """Do all of it; ends with an error where something is not as expected."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--frames", type=int, default=60, help="of the clip (default: 60)")
    arguments = parser.parse_args(words)
    out = arguments.out.resolve()
    programs = environment(out / "environment", REQUIREMENTS)
    otb, got = write_sequences(out, arguments.frames)
    evaluation = out / "evaluation"
    options = [
        "--preset",
        "dlst",
        "--speed",
        "fast",
        "--device",
        "cpu",
        "--seeds",
        str(SEEDS),
        "--results-as",
        "got10k,otb",
    ]
    run([programs / "python", "-c", "import got10k.experiments"], is_told=False)
    run([sys.executable, MAIN, "evaluate", otb, got, "--out", evaluation, *options])
    trackers = ",".join((TRACKER, f"{TRACKER}_1"))
    said = run([programs / "python", "-c", READ, out, trackers], is_told=False)
    their_otb, their_got = json.loads(said.splitlines()[-1])
    ours = json.loads((evaluation / "results.json").read_text())["trackers"][0]
    for of_seed, name in zip(ours["seeds"], trackers.split(","), strict=True):
        seed, (score,) = of_seed["seed"], [each for each in of_seed["sequences"] if each["name"] == OTB_NAME]
        theirs = their_otb[name]["seq_wise"][OTB_NAME]
        compare(f"OTB AUC, seed {seed}", ours=score["auc"], theirs=theirs["success_score"])
        compare(f"OTB precision, seed {seed}", ours=score["dp"], theirs=theirs["precision_score"])
        say(f"{'frames/s':>28}: ours {score['fps']:.2f}, the toolkit's {theirs['speed_fps']:.2f}")
    theirs = their_got[TRACKER]["overall"]
    compare("GOT-10k AO, both seeds", ours=our_average_overlap(evaluation, got), theirs=theirs["ao"])


if __name__ == "__main__":
    main()
