"""What happened while a sequence was labelled, frame by frame; as JSON lines it can be counted again at any time.

The first line of a file says what ran (`LogHeader`, and the protocol's name), the last how it ended. In between
there is one line per frame:

    frame      0-based row of the ground truth
    shown      [x, y, width, height] the system showed, 0-based pixels; null where it showed none
    event      "start", "correction", "flag" (the target is absent) or null
    human_box  [x, y, width, height] of a start or a correction, else null
    seconds    the system computed
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from enum import Enum
from pathlib import Path
from typing import TypeAlias

from tracker_core.box import Box
from tracker_core.evaluation.errors import EvaluationError
from tracker_core.evaluation.result_files import replace_text
from tracker_core.evaluation.summary import Settings

PROTOCOL = "SAP-1"
"""Simulated annotator protocol, version 1; docs/effort.md has it."""

_Numbers: TypeAlias = "list[float] | None"


class Event(Enum):
    """What a person did on a frame."""

    START = "start"
    CORRECTION = "correction"
    FLAG = "flag"


class End(Enum):
    """How labelling a sequence ended."""

    COMPLETED = "completed"
    FAILED = "failed"
    TIMED_OUT = "timed out"


@dataclass(frozen=True, slots=True)
class FrameRecord:
    """One frame: what the system showed, what the person did, and the seconds the system computed."""

    frame_index: int
    shown: Box | None
    event: Event | None = None
    manual_box: Box | None = None
    seconds: float = 0.0

    @property
    def final_box(self) -> Box | None:
        """The label that stays; None where the target is said to be absent."""
        match self.event:
            case None:
                return self.shown
            case Event.FLAG:
                return None
            case _:
                return self.manual_box


@dataclass(frozen=True, slots=True)
class LabelledRun:
    """All frames up to the end, from the first visible one; `message` says why it ended early."""

    frames: tuple[FrameRecord, ...]
    end: End = End.COMPLETED
    message: str = ""


@dataclass(frozen=True, slots=True)
class LogHeader:
    """What ran.

    Attributes:
        seed: of the person's hand and of the system.
        iou_threshold: the quality that is held.
        timeout_s: seconds the system might compute.
        settings: all that its boxes depend on, apart from the above.
    """

    system: str
    seed: int
    sequence: str
    iou_threshold: float
    timeout_s: float
    settings: Settings = field(default_factory=dict)


def write_log(path: Path, header: LogHeader, run: LabelledRun) -> None:
    """Write the file whole."""
    first = json.dumps({"protocol": PROTOCOL, **asdict(header)})
    last = json.dumps({"end": run.end.value, "message": run.message})
    replace_text(path, "".join(f"{line}\n" for line in (first, *map(_frame_line, run.frames), last)))


def read_log(path: Path) -> tuple[LogHeader, LabelledRun]:
    """Read what `write_log` wrote, to the last bit.

    Raises:
        EvaluationError: the file cannot be read, or is no whole log of this protocol.
    """
    try:
        first, *frames, last = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
        protocol = first.pop("protocol")
        header = LogHeader(**first)
        records = tuple(
            FrameRecord(
                line["frame"],
                _box(line["shown"]),
                None if line["event"] is None else Event(line["event"]),
                _box(line["human_box"]),
                line["seconds"],
            )
            for line in frames
        )
        run = LabelledRun(records, End(last["end"]), last["message"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise EvaluationError(f"{path}: expected a log of {PROTOCOL}: {error!r}; run it again") from error
    if protocol != PROTOCOL:
        raise EvaluationError(f"{path}: expected a log of {PROTOCOL}, got one of {protocol!r}; run it again")
    return header, run


def _frame_line(record: FrameRecord) -> str:
    return json.dumps(
        {
            "frame": record.frame_index,
            "shown": _numbers(record.shown),
            "event": None if record.event is None else record.event.value,
            "human_box": _numbers(record.manual_box),
            "seconds": record.seconds,
        }
    )


def _numbers(box: Box | None) -> _Numbers:
    return None if box is None else [box.x, box.y, box.width, box.height]


def _box(numbers: _Numbers) -> Box | None:
    return None if numbers is None else Box(*numbers)
