"""What every tracker that learns does alike: go back where a call fails, and train now or in the background."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import torch

from tracker_core.call_monitor import CallMonitor
from tracker_core.tracker import UpdateKind, UpdateReport

Known = TypeVar("Known")
Target = TypeVar("Target")


class Learns(Protocol[Known]):
    """Everything about one target that changes by learning.

    Attributes:
        rng: of all draws.
        dropout_generator: of the heads' dropout.
    """

    rng: np.random.Generator
    dropout_generator: torch.Generator

    def knowledge(self) -> Known:
        """A copy of everything learned so far."""
        ...

    def restore(self, knowledge: Known) -> None:
        """Forget everything learned since."""
        ...

    def update(self, kind: UpdateKind, watch: CallMonitor) -> UpdateReport:
        """Train now."""
        ...

    def start_update(self, kind: UpdateKind) -> None:
        """Begin to train in the background."""
        ...

    def finish_update(self, watch: CallMonitor) -> UpdateReport:
        """Wait for the training in the background and take it over; nothing where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Moment(Generic[Known]):
    """Knowledge and random streams as they were."""

    knowledge: Known
    rng_state: Mapping[str, Any]
    dropout_state: torch.Tensor

    @classmethod
    def of(cls, model: Learns[Known]) -> Moment[Known]:
        """As they are now."""
        return cls(model.knowledge(), model.rng.bit_generator.state, model.dropout_generator.get_state())

    def bring_back(self, model: Learns[Known]) -> None:
        """Let the model be as it was."""
        model.restore(self.knowledge)
        model.rng.bit_generator.state = self.rng_state
        model.dropout_generator.set_state(self.dropout_state)


@dataclass(frozen=True, slots=True)
class Before(Generic[Target, Known]):
    """What a call found, so that it can be taken back; let go before the next call, which may need its memory."""

    target: Target
    moment: Moment[Known]


@dataclass(frozen=True, slots=True)
class Correction(Generic[Target, Known]):
    """A manual box just learned: another one on the same frame is learned as if this one had never been given.

    Attributes:
        checksum: of the frame's pixels.
        before: what it found.
    """

    checksum: int
    before: Before[Target, Known]


@contextmanager
def undone_on_error(model: Learns[Known]) -> Iterator[Moment[Known]]:
    """Give knowledge and random streams as they are, and bring them back where the block does not finish."""
    before = Moment.of(model)
    try:
        yield before
    except BaseException:
        before.bring_back(model)
        raise


def updated(
    model: Learns[Known], kind: UpdateKind, *, number: int, due: int, delay: int, watch: CallMonitor
) -> tuple[UpdateReport, int]:
    """Train now, or begin to and take over what was begun before.

    Args:
        model: learns.
        kind: NONE for no training on this frame.
        number: of the frame.
        due: frame that a training in the background has to be finished on.
        delay: frames that one may take; 0 trains now.
        watch: asked while training or waiting.

    Returns:
        the report, and the frame that what now trains is due on.
    """
    if delay == 0:
        return (UpdateReport() if kind is UpdateKind.NONE else model.update(kind, watch)), 0
    report = UpdateReport()
    if kind is not UpdateKind.NONE or number == due:
        report = model.finish_update(watch)
    if kind is not UpdateKind.NONE:
        model.start_update(kind)
        due = number + delay
    return report, due
