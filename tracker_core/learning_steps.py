"""What every tracker that learns does alike: go back where a call fails, and train now or in the background."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

import numpy as np
import torch

from tracker_core.call_monitor import CallMonitor
from tracker_core.tracker import UpdateKind, UpdateReport

Known = TypeVar("Known")


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


@contextmanager
def undone_on_error(model: Learns[Known]) -> Iterator[None]:
    """Bring knowledge and random streams back to what they were where the block does not finish."""
    knowledge = model.knowledge()
    rng_state, dropout_state = model.rng.bit_generator.state, model.dropout_generator.get_state()
    try:
        yield
    except BaseException:
        model.restore(knowledge)
        model.rng.bit_generator.state = rng_state
        model.dropout_generator.set_state(dropout_state)
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
