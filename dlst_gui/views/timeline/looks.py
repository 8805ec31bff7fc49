"""How states look in a lane: every one has its colour, and a pattern or height of its own as well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from dlst_gui.project.review import span_words
from dlst_gui.project.tracks import FrameState
from dlst_gui.views.style.theme import Theme
from dlst_gui.views.timeline.axis import ColumnFrames
from dlst_gui.views.timeline.columns import disagreement_columns, state_columns
from dlst_gui.views.timeline.model import Lane, LaneData

HUMAN_COLOR, TRACKED_COLOR = "#a8983c", "#2f7fae"  # the palette's, calmer: whole bands of them are filled
PERIOD = 24  # columns after which every pattern repeats: the least common multiple of 4, 6 and 8


class Pattern(Enum):
    """How a state fills its band."""

    SOLID = "solid"
    RISING = "rising hatch"
    FALLING = "falling hatch"
    STRIPES = "stripes"
    DASHES = "dashes"


@dataclass(frozen=True, slots=True)
class StateLook:
    """`ink` on `ground` as #rrggbb, `height` as the share of the band that is filled."""

    ink: str
    ground: str
    pattern: Pattern = Pattern.SOLID
    height: float = 1.0


WORDS = {
    FrameState.HUMAN: "manual box",
    FrameState.TRACKED: "tracked",
    FrameState.LOST: "lost",
    FrameState.INTERPOLATED: "interpolated",
    FrameState.OCCLUDED: "occluded",
    FrameState.OUTSIDE: "outside the frame",
    FrameState.SUPERSEDED: "superseded",
}
EVIDENCE_WORDS = "what the tracker saw is kept"
NOTHING_WORDS = "no box yet"


def words_of(state: FrameState) -> str:
    """The state for people."""
    return WORDS.get(state, NOTHING_WORDS)


def state_looks(theme: Theme) -> Mapping[FrameState, StateLook]:
    """How the states look on a theme's ground; those of no box are not drawn."""
    return {
        FrameState.HUMAN: StateLook(HUMAN_COLOR, HUMAN_COLOR),
        FrameState.TRACKED: StateLook(TRACKED_COLOR, TRACKED_COLOR),
        FrameState.LOST: StateLook(theme.lost, theme.warning_ground, Pattern.RISING),
        FrameState.INTERPOLATED: StateLook(theme.accent, theme.panel, Pattern.DASHES, 0.34),
        FrameState.OCCLUDED: StateLook(theme.accent, theme.accent_ground, Pattern.STRIPES),
        FrameState.OUTSIDE: StateLook(theme.quiet_text, theme.quiet_text, height=0.12),
        FrameState.SUPERSEDED: StateLook(theme.disabled_text, theme.raised, Pattern.FALLING),
    }


def column_text(data: LaneData, lane: Lane, frames: ColumnFrames) -> str:
    """What one column shows, in words: frames, the most important state, and scores."""
    first, last = frames.first_frame, frames.last_frame
    where = span_words(first, last).capitalize()
    state = state_columns(data.state_codes(lane.track_id, first, last), np.zeros(1, np.intp))[0]
    parts = [words_of(FrameState(state))]
    if data.keyframe_indices(lane.track_id, first, last).size and state != FrameState.HUMAN:
        parts.append(words_of(FrameState.HUMAN))
    scores = data.scores(lane.track_id, first, last)
    known = scores[np.isfinite(scores)]
    if known.size == 1:
        parts.append(f"score {known[0]:.2f}")
    elif known.size:
        parts.append(f"score {known.min():.2f} to {known.max():.2f}")
    if disagreement_columns(data.disagreements(lane.track_id, first, last), np.zeros(1, np.intp))[0]:
        parts.append("forward and backward disagree")
    if data.evidence(lane.track_id, first, last).any():
        parts.append(EVIDENCE_WORDS if first == last else f"{EVIDENCE_WORDS} of some")
    return f"{lane.name} · {where}\n{', '.join(parts)}"


def pattern_table(height: int, unit: int, theme: Theme) -> NDArray[np.uint32]:
    """All states as columns of premultiplied ARGB; (height, states * PERIOD * unit).

    Args:
        height: of the band, in the screen's own pixels.
        unit: the screen's own pixels per pixel of a pattern.
        theme: has the colours.
    """
    looks = state_looks(theme)
    tiles = [_tile(looks.get(state), height, unit) for state in FrameState]
    return np.concatenate(tiles, axis=1)


def _tile(look: StateLook | None, height: int, unit: int) -> NDArray[np.uint32]:
    tile = np.zeros((height, PERIOD * unit), np.uint32)
    if look is None:
        return tile
    filled = max(round(height * look.height), 2 * unit)
    top = (height - filled) // 2
    y, x = np.mgrid[0:filled, 0 : PERIOD * unit] // unit
    is_ink = {
        Pattern.SOLID: np.ones_like(x, dtype=np.bool_),
        Pattern.RISING: (x + y) % 6 < 3,
        Pattern.FALLING: (x - y) % 6 < 2,
        Pattern.STRIPES: x % 4 < 2,
        Pattern.DASHES: x % 8 < 6,
    }[look.pattern]
    tile[top : top + filled] = np.where(is_ink, QColor(look.ink).rgba(), QColor(look.ground).rgba())
    return tile
