"""Colours for tracks, told apart by people of all colour visions as far as eight can be."""

from __future__ import annotations

from collections import Counter

from dlst_gui.project.project import Project

TRACK_COLORS = ("#5cc8ff", "#f5a742", "#7fdcb0", "#f291c7", "#f7e14a", "#8fa8ff", "#ff7a6b", "#c3ccd9")
"""After Okabe and Ito, lightened for use over dark pictures."""


def color_for(project: Project, label: str) -> str:
    """The colour of a new track: its label's, where no track has that yet."""
    offered = project.label(label)
    if offered is None or any(track.color == offered.color for track in project.tracks()):
        return next_color(project)
    return offered.color


def next_color(project: Project) -> str:
    """The colour that the fewest tracks have."""
    used = Counter(track.color for track in project.tracks())
    return min(TRACK_COLORS, key=lambda color: used[color])
