"""What every kind of evaluation ends with: all trackers' results, and how many runs came to an end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from dlst_gui.commands.sequence_runs.sequences import FoundSequences
from tracker_core.evaluation.summary import FailedRun


class TrackerOutcome(Protocol):
    """One tracker's results."""

    @property
    def failures(self) -> Sequence[FailedRun]:
        """Its runs that gave no boxes."""
        ...


Results = TypeVar("Results", bound=TrackerOutcome)


@dataclass(frozen=True, slots=True)
class Evaluation(Generic[Results]):
    """All trackers with at least one run that came to an end.

    Attributes:
        total: runs that were asked for.
        ended: of which came to an end, be it a failure.
    """

    results: tuple[Results, ...]
    total: int
    ended: int

    @property
    def is_complete(self) -> bool:
        return self.ended == self.total

    @property
    def has_results(self) -> bool:
        """False where it was interrupted before the first run came to an end."""
        return bool(self.results)

    @property
    def failure_count(self) -> int:
        return sum(len(result.failures) for result in self.results)


def unread_runs(found: FoundSequences) -> tuple[FailedRun, ...]:
    """Sequences that cannot be read, as runs that failed."""
    return tuple(FailedRun(each.name, 0, each.reason) for each in found.unreadable)
