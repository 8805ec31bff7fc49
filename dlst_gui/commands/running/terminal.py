"""What the commands say: the answer on stdout, everything else on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracker_core.evaluation.report import JsonValue


def say(message: str) -> None:
    """A line beside the answer; leaves a progress bar whole."""
    from tqdm import tqdm  # noqa: PLC0415 - reads its own version from the disk

    tqdm.write(message, file=sys.stderr)


def warn(message: str) -> None:
    """A line the user should not miss."""
    say(f"warning: {message}")


def answer(text: str) -> None:
    """What was asked for."""
    sys.stdout.write(f"{text}\n")


def answer_json(value: Mapping[str, JsonValue]) -> None:
    """What was asked for, as one JSON object."""
    answer(json.dumps(value))
