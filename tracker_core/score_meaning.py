"""What a score means: how many of a hundred boxes with it are wrong.

A score ranks boxes of one system, and at 0 and below that system calls the target lost; neither says how often it
errs. `resources/error-rates.json` does, for the systems in it: measured on sequences with true boxes by
`resources/making/make_error_rates.py`. Wrong is a box that overlaps the true one with an IoU below 0.5.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from tracker_core.shipped import shipped_file

FILE_NAME = "error-rates.json"


@dataclass(frozen=True, slots=True)
class ErrorRates:
    """Of one system's scores.

    Attributes:
        scores: ascending.
        wrong: (0 to 1) share of boxes with such a score that are wrong, falling.
    """

    scores: tuple[float, ...]
    wrong: tuple[float, ...]

    def wrong_share(self, score: float) -> float:
        """Share of boxes with this score that are wrong: between those of the nearest scores, or that of the last.

        0 for infinity: a person drew the box.
        """
        return 0.0 if score == float("inf") else float(np.interp(score, self.scores, self.wrong))


@dataclass(frozen=True, slots=True)
class MeasuredRates:
    """Rates, and what they are worth: names and values for the file."""

    rates: ErrorRates
    notes: Mapping[str, object]


@cache
def error_rates(system: str) -> ErrorRates | None:
    """Those of a system by its name in tables, "dlst-studio fast +fear-xs"; None where they were not measured.

    At the other speed a system makes its boxes from the same scores, so that its rates hold for both.
    """
    try:
        measured = json.loads(shipped_file(FILE_NAME).read_text(encoding="utf-8"))
    except OSError:
        return None
    found = measured["systems"].get(" ".join(word for word in system.split() if word != "fast"))
    return None if found is None else ErrorRates(tuple(found["scores"]), tuple(found["wrong"]))


def error_rates_text(measured: Mapping[str, MeasuredRates]) -> str:
    """The text of the file, for its maker: systems by their name without speed."""
    systems = {
        name: {**each.notes, "scores": _rounded(each.rates.scores), "wrong": _rounded(each.rates.wrong)}
        for name, each in measured.items()
    }
    return json.dumps({"wrong_below_iou": 0.5, "systems": systems}, indent=1) + "\n"


def _rounded(values: Sequence[float]) -> list[float]:
    return [round(float(value), 4) for value in values]
