"""The official VOT toolkit runs `main.py trax` on the shipped clip, and says how well it tracked.

    python -m tests.interop.vot_toolkit OUT [--speed exact] [--frames N]

OUT gets an environment with the toolkit, `vot test`'s log, a workspace, and the toolkit's report. The workspace
has one sequence with two anchors, at its first frame (forward) and its last (backward), so that the tracker is
begun anew in one session. What the toolkit recorded is then compared with `main.py track` on the same images.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shlex
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dlst_gui.video import open_source
from dlst_gui.video.demo_clip import demo_clip
from tests.interop.own_environment import InteropError, environment, run, say

MAIN = Path(__file__).resolve().parents[2] / "main.py"
REQUIREMENTS = ("vot-toolkit==0.7.4", "vot-trax==4.0.2", "attributee==0.1.9")
"""attributee 0.1.10 breaks the toolkit's import; toolkit 0.8.1 and 0.9.0 failed at `evaluate`."""

STACK = "vot2022/shorttermbox"
TRACKER, SEQUENCE = "DLST", "clip"
SECONDS_TO_LEARN = 300  # the toolkit's own 30 are too few for an exact first frame on a busy processor
RESOLUTION_PX = 1.5e-4  # four decimals here and there, with floats of 32 bits, good to 3e-5 here, in between

MEASURES = {"eaoscore": ("EAO",), "ar": ("accuracy", "robustness"), "accuracy": ("accuracy",)}
"""What the stack's analyses give, by their names."""

READ_RECORDED = """
import json, sys
from vot.region.io import read_trajectory
from vot.region import RegionType
def row(region):
    is_box = region.type == RegionType.RECTANGLE
    return [region.x, region.y, region.width, region.height] if is_box else None
print(json.dumps([row(region) for region in read_trajectory(sys.argv[1])]))
"""


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where things are, and how the tracker is called."""

    out: Path
    programs: Path
    options: tuple[str, ...]

    @property
    def sequence(self) -> Path:
        return self.out / "workspace" / "sequences" / SEQUENCE

    @property
    def results(self) -> Path:
        return self.out / "workspace" / "results" / TRACKER

    def vot(self, *words: str | Path) -> str:
        """Run the toolkit's program, which answers with status 0 also where it failed."""
        said = run(
            [self.programs / "vot", "--registry", self.out / "workspace" / "trackers.ini", *words], cwd=self.out
        )
        if " error" in said.lower() or "success" not in said:
            raise InteropError(f"vot {words[0]}:\n{said}")
        return said


def write_sequence(folder: Path, frame_count: int | None) -> None:
    """The shipped clip in VOT's layout; boxes count pixels from 0, as ours do."""
    clip = demo_clip()
    if clip is None:
        raise InteropError("this checkout lacks resources/demo.mp4")
    (folder / "color").mkdir(parents=True)
    with open_source(clip) as source:
        truth = (source.ground_truth or ())[:frame_count]
        for index in range(len(truth)):
            image = Image.fromarray(source.read(index))
            image.save(folder / "color" / f"{index + 1:08d}.jpg", quality=95)
        size = f"width={source.width}\nheight={source.height}\nfps={round(source.nominal_fps)}\n"
    rows = ["nan,nan,nan,nan" if box is None else ",".join(f"{value:.4f}" for value in box.xywh) for box in truth]
    anchors = ["1", *["0"] * (len(truth) - 2), "-1"]
    (folder / "groundtruth.txt").write_text("\n".join(rows) + "\n")
    (folder / "anchor.value").write_text("\n".join(anchors) + "\n")
    (folder / "sequence").write_text(
        f"name={SEQUENCE}\n{size}length={len(truth)}\nformat=default\nchannels.color=color/%08d.jpg\n"
    )
    (folder.parent / "list.txt").write_text(f"{SEQUENCE}\n")


def make_workspace(place: Workplace, frame_count: int | None) -> None:
    """Configure the toolkit without any download."""
    workspace = place.out / "workspace"
    shutil.rmtree(workspace, ignore_errors=True)
    workspace.mkdir(parents=True)
    run([place.programs / "vot", "configure", "--workspace", workspace, "--nodownload", STACK], cwd=place.out)
    write_sequence(place.sequence, frame_count)
    command = shlex.join([sys.executable, str(MAIN), "trax", *place.options])
    (workspace / "trackers.ini").write_text(
        f"[{TRACKER}]\nlabel = DLST\nprotocol = trax\ncommand = {command}\ntimeout = {SECONDS_TO_LEARN}\n"
    )


def recorded(place: Workplace, name: str) -> NDArray[np.float64]:
    """What the toolkit recorded of one run, read by itself: (n, 4), NaN where the tracker was begun."""
    program = [place.programs / "python", "-c", READ_RECORDED]
    rows = json.loads(run([*program, place.results / name], is_told=False))
    return np.array([[np.nan] * 4 if row is None else row for row in rows])


def tracked(place: Workplace, name: str, *, is_backward: bool = False) -> NDArray[np.float64]:
    """The same by `main.py track`, from a copy of the images that begins where the tracker did: (n, 4)."""
    folder, out = place.out / f"track-{name}", place.out / f"track-{name}.csv"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    images = sorted((place.sequence / "color").iterdir(), reverse=is_backward)
    for number, image in enumerate(images, start=1):
        os.link(image, folder / f"{number:08d}.jpg")
    first = (place.sequence / "groundtruth.txt").read_text().split()[-1 if is_backward else 0]
    run([sys.executable, MAIN, "track", folder, f"--init={first}", "--out", out, *place.options])
    with out.open(newline="") as file:
        rows = [[float(row[key]) for key in ("x", "y", "width", "height")] for row in csv.DictReader(file)]
    return np.array(rows)


def compare(place: Workplace, name: str, boxes: NDArray[np.float64], expected: NDArray[np.float64]) -> None:
    """Say how far the toolkit's boxes are from ours; InteropError where it is more than rounding."""
    is_box = np.isfinite(boxes).all(axis=1)
    difference = np.abs(boxes - expected)[is_box].max()
    say(f"{name}: {is_box.sum()} boxes, the largest difference to main.py track is {difference:.6f} px")
    if is_box.sum() != len(expected) - 1 or difference > RESOLUTION_PX:
        raise InteropError(
            f"{name}: expected {len(expected) - 1} boxes within {RESOLUTION_PX} px of main.py track"
        )


def report(analysis: Path) -> None:
    """Say the toolkit's numbers; its page is report.html in the same workspace."""
    for experiment, found in json.loads(analysis.read_text())["results"].items():
        for measured, values in zip(found["parameters"]["analyses"], found["results"], strict=True):
            # Of the one tracker; curves, and the frame counts after accuracy and robustness, are left out.
            numbers = [value for value in values[0] if not isinstance(value, list)][:2]
            named = zip(MEASURES.get(measured["name"], ()), numbers, strict=False)
            for name, number in named:
                say(f"{experiment:>12}: {name} {number:.3f}")


def main(words: Sequence[str] | None = None) -> None:
    """Do all of it; ends with an error where something is not as expected."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--speed", choices=("fast", "exact"), default="fast")
    parser.add_argument("--frames", type=int, help="of the clip (default: all)")
    arguments = parser.parse_args(words)
    started = time.perf_counter()
    out = arguments.out.resolve()
    options = ("--speed", arguments.speed, "--device", "cpu", "--threads", "2", "--seed", "0")
    place = Workplace(out, environment(out / "environment", REQUIREMENTS), options)
    make_workspace(place, arguments.frames)
    (out / "vot-test.log").write_text(place.vot("test", TRACKER))
    workspace = ("--workspace", out / "workspace")
    place.vot("evaluate", *workspace, TRACKER)
    place.vot("analysis", *workspace, "--format", "json", "--name", "analysis", TRACKER)
    place.vot("report", *workspace, "--format", "html", "--name", "report", TRACKER)
    last = len(sorted((place.sequence / "color").iterdir())) - 1
    forward, backward = tracked(place, "forward"), tracked(place, "backward", is_backward=True)
    compare(place, "forward", recorded(place, f"baseline/{SEQUENCE}/{SEQUENCE}_{0:08d}.bin"), forward)
    compare(place, "backward", recorded(place, f"baseline/{SEQUENCE}/{SEQUENCE}_{last:08d}.bin"), backward)
    compare(place, "unsupervised", recorded(place, f"unsupervised/{SEQUENCE}/{SEQUENCE}_001.bin"), forward)
    report(out / "workspace" / "analysis" / "analysis.json")
    say(f"all of it took {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
