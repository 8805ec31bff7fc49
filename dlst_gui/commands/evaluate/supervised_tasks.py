"""VOT's supervised protocol: a run is begun again from the truth after each failure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dlst_gui.commands.evaluate.scoring import truth_regions
from dlst_gui.commands.evaluate.tasks import FailedSequence, TaskKey, failed
from dlst_gui.commands.sequence_runs.sequences import BenchmarkSequence
from dlst_gui.commands.sequence_runs.systems import System
from dlst_gui.video import ReadAhead, open_source
from tracker_core import Box, ShouldCancel, TrackingCancelled
from tracker_core.evaluation.protocols.vot.regions import (
    FAILURE,
    INITIALIZATION,
    UNKNOWN,
    Region,
    overlap,
    region_of_box,
)
from tracker_core.evaluation.protocols.vot.supervised import SKIPPED, SupervisedRun

DECIMALS = 4
"""Of a box before it is compared: what is compared is what the result file holds."""


@dataclass(frozen=True, slots=True)
class SupervisedTask:
    """One repetition to be done."""

    system: System
    seed: int
    sequence: BenchmarkSequence

    @property
    def key(self) -> TaskKey:
        return self.system.name, self.seed, self.sequence.name

    @property
    def frame_count(self) -> int:
        return self.sequence.frame_count

    def run_of(self, regions: tuple[Region, ...]) -> SupervisedRun:
        """A trajectory with its ground truth."""
        return SupervisedRun(regions, truth_regions(self.sequence), self.sequence.frame_size)


@dataclass(frozen=True, slots=True, eq=False)
class Trajectory:
    """What a finished repetition gave: a shape or a code for each frame."""

    regions: tuple[Region, ...]


def run_supervised_task(
    task: SupervisedTask, *, should_cancel: ShouldCancel, on_frame: Callable[[], None]
) -> Trajectory | FailedSequence | None:
    """Track the whole sequence; None where it was cancelled.

    Whatever a tracker or a source raises ends this run alone.
    """
    regions: list[Region] = []
    try:
        return _tracked(task, regions, should_cancel, on_frame)
    except TrackingCancelled:
        return None
    except Exception as error:
        return failed(error, f"frame {task.sequence.first_frame + len(regions)}: ")


def _tracked(
    task: SupervisedTask, regions: list[Region], should_cancel: ShouldCancel, on_frame: Callable[[], None]
) -> Trajectory | None:
    sequence, truth = task.sequence, truth_regions(task.sequence)
    tracker = task.system.make_tracker(task.seed)
    is_begun = False
    with open_source(sequence.path) as source, ReadAhead(source) as frames:
        while len(regions) < sequence.frame_count:
            if should_cancel():
                return None
            index = len(regions)
            true_box = sequence.ground_truth[index]
            if is_begun:
                found = tracker.track(frames.read(sequence.first_frame + index), should_cancel=should_cancel)
                region = region_of_box(_as_written(found.box))
                if overlap(region, truth[index], sequence.frame_size) > 0:
                    regions.append(region)
                else:
                    skipped = min(SKIPPED, sequence.frame_count - index)
                    regions += [FAILURE, *[UNKNOWN] * (skipped - 1)]
                    is_begun = False
            elif true_box is None:
                regions.append(UNKNOWN)
            else:
                tracker.initialize(
                    frames.read(sequence.first_frame + index), true_box, should_cancel=should_cancel
                )
                regions.append(INITIALIZATION)
                is_begun = True
            for _ in range(len(regions) - index):
                on_frame()
    return Trajectory(tuple(regions))


def _as_written(box: Box) -> Box:
    return Box.from_xywh(np.round(box.xywh, DECIMALS))
