"""Where the evidence of a project lies."""

from __future__ import annotations

from pathlib import Path

from dlst_gui.evidence.trace_database import SUFFIX
from dlst_gui.project.placement import SUFFIX as PROJECT_SUFFIX


def sidecar_of(project: Path) -> Path:
    """Beside the project: "clip.mp4.evidence.dlsttrace" for "clip.mp4.dlst"."""
    return project.with_name(f"{project.name.removesuffix(PROJECT_SUFFIX)}.evidence{SUFFIX}")
