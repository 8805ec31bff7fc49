"""A whole training of a head: from pictures to its file, resumable at any time."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

from tracker_core.pretraining.ahead import made_ahead
from tracker_core.pretraining.attribution import credit_for
from tracker_core.pretraining.errors import PretrainingError, TrainingStopped
from tracker_core.pretraining.matching.checkpoint import HeadCheckpoint, HeadState
from tracker_core.pretraining.matching.config import MatchingConfig
from tracker_core.pretraining.matching.cut_outs import cut_out_masks
from tracker_core.pretraining.matching.features import FeatureMaker, PairFeatures, ReplayBuffer
from tracker_core.pretraining.matching.network import Standardization
from tracker_core.pretraining.matching.pairs import PairMaker
from tracker_core.pretraining.matching.pictured_objects import Material
from tracker_core.pretraining.matching.trainer import HeadTrainer, mean_report
from tracker_core.pretraining.matching.trunk import FrozenTrunk
from tracker_core.pretraining.matching.trunk_tail import TrunkTail
from tracker_core.pretraining.pictures import read_pictures
from tracker_core.pretraining.state_file import CHECKPOINT_NAME, TrainingLength
from tracker_core.pretraining.training_log import LogEntry, Report, TrainingLog

_LOG_STEPS = 50
_TUNING_SEED = 1 << 39  # added, so that a trunk is not tuned on the very pairs its head has learned
_JUDGED_SEED = 1 << 40  # no training's: heads of all seeds are judged on the same pairs


@dataclass(frozen=True, slots=True)
class HeadRequest:
    """What a user asks for.

    Attributes:
        folders: pictures.
        output: the weight file to be written.
        run_folder: checkpoint, log, plot and cut-outs.
        begun_with: the run folder of a trained head, for a training that tunes the trunk's tail with it.
        length: where it ends; None for what the checkpoint says, or an hour.
        is_resumed: go on from the folder's checkpoint.
        checkpoint_minutes: between two checkpoints.
        data_threads: that make pairs and run the trunk on them.
    """

    folders: tuple[Path, ...]
    output: Path
    run_folder: Path
    length: TrainingLength | None = None
    begun_with: Path | None = None
    is_resumed: bool = False
    checkpoint_minutes: float = 5.0
    data_threads: int = 1


class HeadTrainingRun:
    """One training in this process."""

    def __init__(
        self, request: HeadRequest, config: MatchingConfig, trunk: FrozenTrunk, tell: Callable[[str], None]
    ) -> None:
        self._request = request
        self._config = config
        self._trunk = trunk
        self._tell = tell
        self._length = request.length or TrainingLength()
        self._checkpoint: HeadCheckpoint | None = None
        self._begun_with: HeadCheckpoint | None = None
        self._before = ""
        self._tail = None if config.tail_rate is None else TrunkTail(trunk.weights)
        self._features = trunk.features if self._tail is None else trunk.fine_features
        if request.is_resumed:
            self._checkpoint = HeadCheckpoint.load(request.run_folder)
            self._checkpoint.state.check_same(config, trunk.source)
            self._length = request.length or self._checkpoint.state.length
            self._before = self._checkpoint.state.before
        elif (request.run_folder / CHECKPOINT_NAME).exists():
            raise PretrainingError(
                f"{request.run_folder}: contains a training; add --resume, or give another folder"
            )
        elif request.begun_with is not None:
            self._begun_with = HeadCheckpoint.load(request.begun_with)
            self._begun_with.check_begins(trunk)
            self._before = self._begun_with.told
        self._pictures = read_pictures(request.folders, longest_side=config.longest_side, note=tell)
        for folder in (request.run_folder, request.output.parent):
            folder.mkdir(parents=True, exist_ok=True)
        self._step = 0 if self._checkpoint is None else self._checkpoint.state.step
        self._seconds = 0.0 if self._checkpoint is None else self._checkpoint.state.seconds
        self._log = TrainingLog(
            request.run_folder,
            from_step=self._step,
            uses_label="mean IoU (higher is better), shares of IoU",
        )
        self._buffer = ReplayBuffer(config.kept_pairs)

    def train(self, should_stop: Callable[[], bool]) -> bool:
        """Train until the end, or until told to stop; writes checkpoint, log, plot and weights either way.

        Returns:
            whether the end was reached.

        Raises:
            TrainingStopped: told to stop before there was anything to train on.
        """
        self._tell(f"{self._pictures.summary()}; from step {self._step}")
        trained_on, held_out = self._material(should_stop)
        judged_on = self._judged_pairs(held_out, should_stop)
        maker = FeatureMaker(
            PairMaker(trained_on, self._config.seed + (0 if self._tail is None else _TUNING_SEED)),
            self._features,
            self._config.fresh_pairs,
        )
        first = self._config.first_chunk_for(self._step)
        with closing(made_ahead(maker.make, first, threads=self._request.data_threads)) as fresh:
            before = self._config.first_chunks + self._step - first
            self._tell(f"making the first {before * self._config.fresh_pairs:,} pairs")
            for features in _unless_stopped(islice(fresh, before), should_stop):
                self._buffer.add(features)
            trainer = self._trainer()
            self._keep(trainer, judged_on)
            self._descend(trainer, fresh, judged_on, should_stop)
        self._keep(trainer, judged_on)
        export_head(self._request.run_folder, self._trunk, self._request.output)
        return self._progress() >= 1

    def _material(self, should_stop: Callable[[], bool]) -> tuple[Material, Material]:
        """What is trained on, and what is only judged on."""
        trained_on, held_out = self._pictures.split(self._config.held_out_interval)
        made = []
        masks = cut_out_masks(
            self._pictures.photographs,
            self._request.run_folder,
            threads=self._request.data_threads + 1,  # nothing else is done meanwhile
            should_stop=should_stop,
            tell=self._tell,
        )
        for pictures, is_held_out in ((trained_on, False), (held_out, True)):
            numbers = [
                number
                for number in range(len(self._pictures.photographs))
                if (number % self._config.held_out_interval == 0) == is_held_out
            ]
            own = {place: masks[number] for place, number in enumerate(numbers) if number in masks}
            made.append(Material.of(pictures, own))
        self._tell(f"{len(made[0].objects):,} objects cut out to train on, {len(made[1].objects):,} to judge on")
        return made[0], made[1]

    def _judged_pairs(self, held_out: Material, should_stop: Callable[[], bool]) -> PairFeatures:
        """Made once; the same in all trainings on the same pictures."""
        count, chunk = self._config.held_out_pairs, self._config.fresh_pairs
        self._tell(f"making {count:,} held-out pairs")
        maker = FeatureMaker(PairMaker(held_out, _JUDGED_SEED), self._features, chunk)
        with closing(made_ahead(maker.make, 0, threads=self._request.data_threads)) as chunks:
            parts = list(_unless_stopped(islice(chunks, -(-count // chunk)), should_stop))
        return PairFeatures.joined(parts).rows(0, count)

    def _trainer(self) -> HeadTrainer:
        if self._checkpoint is not None:
            return self._checkpoint.trainer(self._config, self._tail)
        if self._begun_with is not None and self._tail is not None:
            return HeadTrainer.tuning(self._config, self._begun_with.tensors, self._tail)
        seen = self._buffer.first(min(self._config.standardized_pairs, len(self._buffer)))
        return HeadTrainer(self._config, Standardization.of(seen.search))

    def _descend(
        self,
        trainer: HeadTrainer,
        fresh: Generator[PairFeatures],
        judged_on: PairFeatures,
        should_stop: Callable[[], bool],
    ) -> None:
        """Step after step, each with some fresh pairs."""
        since_log: list[Report] = []
        checkpoint_at = self._seconds + 60 * self._request.checkpoint_minutes
        logged_at, clock = self._seconds, time.monotonic()
        while self._progress() < 1 and not should_stop():
            self._buffer.add(next(fresh))
            since_log.append(trainer.train(self._buffer, self._progress()))
            self._step = trainer.step
            now = time.monotonic()
            self._seconds, clock = self._seconds + now - clock, now
            if len(since_log) == _LOG_STEPS:
                rate = _LOG_STEPS / max(1e-9, self._seconds - logged_at)
                self._report("training", mean_report(since_log), rate)
                since_log, logged_at = [], self._seconds
            if self._seconds >= checkpoint_at:
                self._keep(trainer, judged_on)
                checkpoint_at = self._seconds + 60 * self._request.checkpoint_minutes

    def _progress(self) -> float:
        """0..1 of all runs together."""
        return self._length.progress(step=self._step, seconds=self._seconds)

    def _keep(self, trainer: HeadTrainer, judged_on: PairFeatures) -> None:
        """Judge the moving average, and keep all that going on needs."""
        report = trainer.judge(judged_on)
        if not math.isfinite(report.losses["total"]):
            raise PretrainingError(
                f"the loss is not a number at step {self._step}; the last checkpoint is unchanged: "
                "resume from it (--resume), or start again with another --seed"
            )
        state = HeadState(
            config=json.dumps(asdict(self._config)),
            trunk=self._trunk.source,
            length=self._length,
            step=self._step,
            seconds=self._seconds,
            credit=credit_for(self._request.folders),
            pictures=self._pictures.summary(),
            before=self._before,
        )
        self._report("held-out", report, 0.0)
        HeadCheckpoint(state, trainer.tensors()).save(self._request.run_folder)
        self._log.plot()

    def _report(self, kind: Literal["training", "held-out"], report: Report, rate: float) -> None:
        entry = LogEntry(kind, self._step, self._seconds / 60, rate, report)
        self._log.add(entry)
        self._tell(entry.line(self._progress()))


def export_head(run_folder: Path, trunk: FrozenTrunk, output: Path) -> None:
    """Write trunk and head of a training's last checkpoint; it may be going on meanwhile."""
    HeadCheckpoint.load(run_folder).export(trunk, output)


def _unless_stopped(chunks: Iterator[PairFeatures], should_stop: Callable[[], bool]) -> Generator[PairFeatures]:
    for chunk in chunks:
        if should_stop():
            raise TrainingStopped
        yield chunk
