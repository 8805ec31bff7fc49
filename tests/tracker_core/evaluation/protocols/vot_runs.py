"""The made-up results of `vot_results`, as runs to be measured."""

from __future__ import annotations

import numpy as np

from tests.tracker_core.evaluation.protocols import vot_results as made
from tracker_core.evaluation.protocols.vot.long_term import LongTermRun
from tracker_core.evaluation.protocols.vot.regions import Region, parse_region
from tracker_core.evaluation.protocols.vot.supervised import SupervisedRun


def regions(lines: list[str]) -> tuple[Region, ...]:
    return tuple(map(parse_region, lines))


def supervised_runs() -> list[tuple[str, list[SupervisedRun]]]:
    return [
        (
            name,
            [
                SupervisedRun(
                    regions(made.supervised_lines(name, repetition)), regions(made.truth_lines(name)), made.SIZE
                )
                for repetition in range(made.REPETITIONS)
            ],
        )
        for name in made.LENGTHS
    ]


def long_term_runs() -> list[LongTermRun]:
    return [
        LongTermRun(
            regions(made.unsupervised_lines(name)),
            np.array([np.nan if value is None else value for value in made.confidences(name)]),
            regions(made.truth_lines(name)),
            made.SIZE,
        )
        for name in made.LENGTHS
    ]
