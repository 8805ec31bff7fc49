"""By which name a file of evidence is known; loads nothing else."""

from __future__ import annotations

from pathlib import Path

SUFFIX = ".dlsttrace"


def is_trace_name(path: Path) -> bool:
    """Whether a path is called as files of evidence are."""
    return path.suffix.lower() == SUFFIX
