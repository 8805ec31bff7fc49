"""`seqinfo.ini` of MOTChallenge, DanceTrack and SportsMOT: where a sequence's images lie, and at what rate.

Source: the sequences of MOT17 and DanceTrack, whose files have a section `[Sequence]` with these names.
"""

from __future__ import annotations

import math
from configparser import ConfigParser
from configparser import Error as ConfigError
from dataclasses import dataclass
from pathlib import Path, PurePath

FILE_NAME = "seqinfo.ini"

_MOST_BYTES = 65536
"""The benchmarks' have 150 to 200."""

_FASTEST = 1_000_000.0  # frames per second; ours: nothing that is filmed is faster


@dataclass(frozen=True, slots=True)
class SequenceInfo:
    """What the file says, as far as it can be used.

    Attributes:
        image_folder: the name of the folder beside the file that has the images.
        fps: frames per second; None where it says none that can be.
        frame_count: how many images it promises; None where it does not say.
        notice: what is wrong with the file.
    """

    image_folder: str = "img1"
    fps: float | None = None
    frame_count: int | None = None
    notice: str | None = None


def read_sequence_info(folder: Path) -> SequenceInfo | None:
    """What `seqinfo.ini` in this folder says; None where there is none. A file that cannot be used is no error."""
    file = folder / FILE_NAME
    if not file.is_file():
        return None
    parser = ConfigParser(interpolation=None, strict=False)
    try:
        if file.stat().st_size > _MOST_BYTES:
            return SequenceInfo(notice=f"{FILE_NAME} not used: it is over {_MOST_BYTES:,} bytes")
        parser.read_string(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeError, ConfigError) as error:
        reason = str(error).partition("\n")[0]
        return SequenceInfo(notice=f"{FILE_NAME} not used: {reason}")
    if not parser.has_section("Sequence"):
        return SequenceInfo(notice=f"{FILE_NAME} not used: it has no section [Sequence]")
    values = parser["Sequence"]
    name = values.get("imDir", "img1")
    rate = values.get("frameRate", "")
    fps = _rate(rate)
    return SequenceInfo(
        # A path would lead out of the folder that was chosen.
        name if name == PurePath(name).name and name != ".." else "img1",
        fps,
        int(length) if (length := values.get("seqLength", "")).isdecimal() and len(length) < 10 else None,
        None if fps else f"{FILE_NAME} gives no frame rate that can be used ({rate!r:.20})",
    )


def _rate(text: str) -> float | None:
    try:
        rate = float(text)
    except ValueError:
        return None
    return rate if math.isfinite(rate) and 0 < rate <= _FASTEST else None
