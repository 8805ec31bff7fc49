"""Where the evidence of a project lies."""

from __future__ import annotations

from pathlib import Path

from dlst_gui.evidence.trace_name import SUFFIX
from dlst_gui.project.placement import SUFFIX as PROJECT_SUFFIX


def sidecar_of(project: Path) -> Path:
    """Beside the project: "clip.mp4.evidence.dlsttrace" for "clip.mp4.dlst"."""
    return project.with_name(project.name.removesuffix(PROJECT_SUFFIX) + _ENDING)


def is_sidecar_name(path: Path) -> bool:
    """Whether the window would keep the evidence of a project there: no file for a person gets such a name."""
    return path.name.lower().endswith(_ENDING)


_ENDING = f".evidence{SUFFIX}"
WHOSE_NAME = f"would take the place of what the window keeps beside a project; take a name without {_ENDING}"
