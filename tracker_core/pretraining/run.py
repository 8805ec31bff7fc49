"""A whole training: from pictures to a backbone's file, resumable at any time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch

from tracker_core.pretraining.ahead import made_ahead
from tracker_core.pretraining.attribution import credit_for
from tracker_core.pretraining.batches import Batch, make_batch
from tracker_core.pretraining.checkpoint import Checkpoint, TrainingState, check_same, config_text
from tracker_core.pretraining.config import PretrainingConfig
from tracker_core.pretraining.errors import PretrainingError
from tracker_core.pretraining.pictures import read_pictures
from tracker_core.pretraining.scenes import SceneMaker
from tracker_core.pretraining.state_file import CHECKPOINT_NAME, TrainingLength
from tracker_core.pretraining.trainer import PretrainingStep, StepReport
from tracker_core.pretraining.training_log import LogEntry, Report, TrainingLog
from tracker_core.vgg_m import is_vgg_m
from tracker_core.weights import load_backbone, save_backbone

_LOG_STEPS = 20
_JUDGED_BATCHES = 8
_JUDGED_FROM = 1 << 40  # step numbers no training reaches: held-out episodes are the same for all


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """What a user asks for.

    Attributes:
        folders: pictures.
        output: the weight file to be written.
        run_folder: checkpoint, log and plot.
        length: where it ends; None for what the checkpoint says, or an hour.
        start: a backbone to begin from, None for random weights.
        is_resumed: go on from the folder's checkpoint.
        checkpoint_minutes: between two checkpoints.
        data_threads: that make episodes.
    """

    folders: tuple[Path, ...]
    output: Path
    run_folder: Path
    length: TrainingLength | None = None
    start: Path | None = None
    is_resumed: bool = False
    checkpoint_minutes: float = 5.0
    data_threads: int = 1


class TrainingRun:
    """One training in this process.

    Attributes:
        request: what was asked for.
    """

    def __init__(
        self,
        request: TrainingRequest,
        config: PretrainingConfig,
        device: torch.device,
        tell: Callable[[str], None],
    ) -> None:
        self.request = request
        self._config = config
        self._tell = tell
        start = load_backbone(request.start) if request.start else None
        if start is not None and (start.description.normalization or not is_vgg_m(start.description)):
            raise PretrainingError(
                f"{request.start}: expected VGG-M's layers without response normalisation to start from"
            )
        self._start_name = "" if start is None else f"{start.name} ({start.metadata.get('sha256', '')[:12]})"
        self._pictures = read_pictures(request.folders, longest_side=config.longest_side, note=tell)
        trained_on, held_out = self._pictures.split(config.held_out_interval)
        self._maker = SceneMaker(trained_on, config)
        self._held_out = SceneMaker(held_out, config)
        self._step = PretrainingStep(config, device, start)
        self._seconds = 0.0
        self._length = request.length or TrainingLength()
        request.run_folder.mkdir(parents=True, exist_ok=True)
        if not request.is_resumed and (request.run_folder / CHECKPOINT_NAME).exists():
            raise PretrainingError(
                f"{request.run_folder}: contains a training; add --resume, or give another folder"
            )
        if request.is_resumed:
            checkpoint = Checkpoint.load(request.run_folder)
            check_same(checkpoint.state, config, self._start_name)
            self._step.restore(checkpoint.tensors, checkpoint.state.step)
            self._seconds = checkpoint.state.seconds
            self._length = request.length or checkpoint.state.length
        self._log = TrainingLog(
            request.run_folder,
            from_step=self._step.step,
            uses_label="hits, IoU (higher is better), box error",
        )
        self._judged: tuple[Batch, ...] = ()

    def train(self, should_stop: Callable[[], bool]) -> bool:
        """Train until the end, or until told to stop; writes checkpoint, log, plot and weights either way.

        Returns:
            whether the end was reached.
        """
        self._tell(f"{self._pictures.summary()}; from step {self._step.step}")
        self._checkpoint()
        since_log: list[StepReport] = []
        checkpoint_at = self._seconds + 60 * self.request.checkpoint_minutes
        logged_at, clock = self._seconds, time.monotonic()
        batches = made_ahead(self._batch, self._step.step, threads=self.request.data_threads)
        with closing(batches):
            while self._progress() < 1 and not should_stop():
                since_log.append(self._step.train(next(batches), self._progress()))
                now = time.monotonic()
                self._seconds, clock = self._seconds + now - clock, now
                if len(since_log) == _LOG_STEPS:
                    rate = _LOG_STEPS / max(1e-9, self._seconds - logged_at)
                    self._report("training", StepReport.mean_of(since_log), rate)
                    since_log, logged_at = [], self._seconds
                if self._seconds >= checkpoint_at:
                    self._checkpoint()
                    checkpoint_at = self._seconds + 60 * self.request.checkpoint_minutes
        self._checkpoint()
        save_backbone(Checkpoint.load(self.request.run_folder).backbone(), self.request.output, "float16")
        return self._progress() >= 1

    def _batch(self, step: int) -> Batch:
        return make_batch(self._maker, self._config, step)

    def _progress(self) -> float:
        """0..1 of all runs together."""
        return self._length.progress(step=self._step.step, seconds=self._seconds)

    def _checkpoint(self) -> None:
        """Judge the moving average, and keep all that going on needs."""
        if not self._judged:
            self._judged = tuple(
                make_batch(self._held_out, self._config, _JUDGED_FROM + number)
                for number in range(_JUDGED_BATCHES)
            )
        report = StepReport.mean_of([self._step.judge(batch) for batch in self._judged])
        if not math.isfinite(report.losses["total"]):
            raise PretrainingError(
                f"the loss is not a number at step {self._step.step}; the last checkpoint is unchanged: "
                "resume from it (--resume), or start again with a lower --rate"
            )
        state = TrainingState(
            config=config_text(self._config),
            length=self._length,
            start=self._start_name,
            step=self._step.step,
            seconds=self._seconds,
            relu1_power=report.relu1_power,
            relu3_power=report.relu3_power,
            credit=credit_for(self.request.folders),
            pictures=self._pictures.summary(),
        )
        self._report("held-out", report, 0.0)
        Checkpoint(state, self._step.tensors()).save(self.request.run_folder)
        self._log.plot()

    def _report(self, kind: Literal["training", "held-out"], report: StepReport, rate: float) -> None:
        uses = {"hits": report.hit_rate, "IoU": report.best_iou, "box error": report.box_error}
        entry = LogEntry(kind, self._step.step, self._seconds / 60, rate, Report(report.losses, uses))
        self._log.add(entry)
        self._tell(entry.line(self._progress()))


def export(run_folder: Path, output: Path) -> None:
    """Write the weights of a training's last checkpoint; it may be going on meanwhile."""
    save_backbone(Checkpoint.load(run_folder).backbone(), output, "float16")
