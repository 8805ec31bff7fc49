"""Which challenges a sequence holds, as a benchmark's authors marked them, and curves over those that hold one.

Files are found as the benchmarks have them, whatever the case of their names: `<folder>/<sequence>.txt` with a 0
or 1 for each attribute (OTB's `anno/att`, UAV123's `anno/UAV123/att`, LaSOT's `annos/att`: 11, 12 or 14
numbers), the same as `attr.txt`, `attrs.txt` or `attributes.txt` in the folder of the sequence, or the codes
themselves, such as "IV, SV, OCC", in such a file.

Source of the order: the toolkits of the three benchmarks (perfPlot.m, run_tracker_performance_evaluation.m).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from tracker_core.evaluation.errors import EvaluationError

OTB_ATTRIBUTES: Mapping[str, str] = MappingProxyType(
    {
        "IV": "illumination variation",
        "OPR": "out-of-plane rotation",
        "SV": "scale variation",
        "OCC": "occlusion",
        "DEF": "deformation",
        "MB": "motion blur",
        "FM": "fast motion",
        "IPR": "in-plane rotation",
        "OV": "out of view",
        "BC": "background clutter",
        "LR": "low resolution",
    }
)
"""The eleven of Table 1, in the toolkit's order."""

UAV123_CODES = ("SV", "ARC", "LR", "FM", "FOC", "POC", "OV", "BC", "IV", "VC", "CM", "SOB")
LASOT_CODES = ("IV", "POC", "DEF", "MB", "CM", "ROT", "BC", "VC", "SV", "FOC", "FM", "OV", "LR", "ARC")
CODES_BY_COUNT: Mapping[int, tuple[str, ...]] = MappingProxyType(
    {len(codes): codes for codes in (tuple(OTB_ATTRIBUTES), UAV123_CODES, LASOT_CODES)}
)
KNOWN_CODES = frozenset(code for codes in CODES_BY_COUNT.values() for code in codes)

FILE_NAMES = ("attr.txt", "attrs.txt", "attributes.txt", "att.txt")
"""In the folder of a sequence."""

FOLDERS = ("att", "anno/att", "annos/att", "anno/UAV123/att", "anno/UAV20L/att", "attributes")
"""Below a benchmark's folder, or beside it."""


def attributes_of(sequence: str, sequence_folder: Path, folder: Path | None) -> tuple[str, ...] | None:
    """Codes of a sequence in its file's order; None where there is no file of them.

    Args:
        sequence: its name; `Jogging-1`, `Jogging_1` and `jogging.1` are the same.
        sequence_folder: where its frames lie.
        folder: with a file for each sequence, where somebody named it; else the usual places are looked at.

    Raises:
        EvaluationError: a file cannot be read, or holds something else.
    """
    if folder is not None:
        places: Sequence[Path] = (folder,)
    else:
        own = next((sequence_folder / name for name in FILE_NAMES if (sequence_folder / name).is_file()), None)
        if own is not None:
            return parse_attributes(own)
        around = (sequence_folder.parent, sequence_folder.parent.parent, sequence_folder.parent.parent.parent)
        places = [place / name for place in around for name in FOLDERS]
    wanted = {_plain(sequence), _plain(sequence_folder.name)}
    for place in places:
        if place.is_dir():
            found = sorted(file for file in place.glob("*.txt") if _plain(file.stem) in wanted)
            exact = [file for file in found if _plain(file.stem) == _plain(sequence)]
            if found:
                return parse_attributes((exact or found)[0])
    return None


def parse_attributes(path: Path) -> tuple[str, ...]:
    """Codes in a file."""
    try:
        words = re.findall(r"[\w.]+", path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path}: cannot read the attributes: {error}") from error
    if words and all(word in ("0", "1", "0.0", "1.0") for word in words):
        codes = CODES_BY_COUNT.get(len(words))
        if codes is not None:
            return tuple(code for code, word in zip(codes, words, strict=True) if word.startswith("1"))
    elif words and all(word.upper() in KNOWN_CODES for word in words):
        return tuple(word.upper() for word in words)
    counts = ", ".join(map(str, CODES_BY_COUNT))
    raise EvaluationError(
        f"{path}: expected a 0 or 1 for each of {counts} attributes, or codes such as IV, SV, OCC"
    )


def _plain(name: str) -> str:
    """One separator for all; not none: UAV123 has both `car12` and `car1_2`."""
    return re.sub(r"[-_. ]", "-", name).lower()
