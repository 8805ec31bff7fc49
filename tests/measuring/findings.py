"""What the review's findings are worth: `python -m tests.measuring.findings SOURCE ... [--seeds 2] [--bridged 5]`.

A source is as in `resources.making.make_error_rates`. Each is tracked from its first true box with nothing
corrected. Told are how many findings there are for 100 frames, how many of them have a wrong box (IoU below 0.5
with the true one) among their frames, and how many of all wrong boxes lie in one. The last line is of all sources.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dlst_gui import api
from dlst_gui.project.findings import review_findings
from resources.making.make_error_rates import WRONG_BELOW, sources
from tracker_core import Box
from tracker_core.evaluation.otb import frame_ious, otb_rows


@dataclass(frozen=True)
class Worth:
    """Counts of one or more runs."""

    frames: int = 0
    findings: int = 0
    right: int = 0
    wrong_boxes: int = 0
    found_boxes: int = 0

    def plus(self, other: Worth) -> Worth:
        return Worth(
            self.frames + other.frames,
            self.findings + other.findings,
            self.right + other.right,
            self.wrong_boxes + other.wrong_boxes,
            self.found_boxes + other.found_boxes,
        )

    def __str__(self) -> str:
        per_hundred = 100 * self.findings / self.frames
        return (
            f"{self.frames:6} frames  {self.findings:4} findings ({per_hundred:.1f} per 100),"
            f" {self.right:3} with a wrong box; {self.found_boxes} of {self.wrong_boxes} wrong boxes found"
        )


def worth_of(tracked: api.TrackedVideo, is_wrong: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Worth:
    """Of one run; `is_wrong` is of all frames of the video."""
    project = tracked.snapshot(None).project
    (track,) = project.tracks()
    findings = review_findings.review_findings(project, track.track_id, len(is_wrong))
    is_covered = np.zeros(len(is_wrong), dtype=np.bool_)
    right = 0
    for first, last in findings[["first", "last"]].tolist():
        is_covered[first : last + 1] = True
        right += bool(is_wrong[first : last + 1].any())
    return Worth(
        len(tracked), len(findings), right, int(is_wrong.sum()), int(np.count_nonzero(is_wrong & is_covered))
    )


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", type=Path, nargs="+")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--bridged", type=int, help="calm frames that do not end a span")
    chosen = parser.parse_args(arguments)
    if chosen.bridged is not None:
        review_findings.BRIDGED_FRAMES = chosen.bridged
    total = Worth()
    for seed in range(chosen.seeds):
        for name, path, first, truth in sources(chosen.sources):
            at, box = next((index, box) for index, box in enumerate(truth) if box is not None)
            tracked = api.track(
                path,
                (box.x, box.y, box.width, box.height),
                first_frame=first + at,
                last_frame=first + len(truth) - 1,
                speed="fast",
                seed=seed,
                threads=1,
            )
            ious = frame_ious(otb_rows([Box.from_xywh(row) for row in tracked.boxes]), otb_rows(truth[at:]))
            is_wrong = np.zeros(first + len(truth), dtype=np.bool_)
            is_wrong[first + at :] = np.nan_to_num(ious, nan=1.0) < WRONG_BELOW
            worth = worth_of(tracked, is_wrong)
            total = total.plus(worth)
            sys.stdout.write(f"{name:20} {worth}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{'all':20} {total}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
