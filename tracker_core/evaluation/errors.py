"""The one exception of an evaluation that cannot be done."""

from __future__ import annotations


class EvaluationError(Exception):
    """Results, ground truth or a tracker that cannot be evaluated; the message says what to do."""
