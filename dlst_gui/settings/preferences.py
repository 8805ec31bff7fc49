"""What a user set once, for every video: looks and habits."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import TypeVar

from dlst_gui.project.findings.review_findings import INTERPOLATED_FRAMES
from tracker_core import PRESETS
from tracker_core.weights import GUIDE_NAMES

LONGEST_STEP = 10_000  # frames; ours
MOST_LOST_FRAMES = 1000  # ours
MOST_INTERPOLATED = 10_000  # frames; ours
MOST_STATES = 100  # ours
MOST_BACKUP_GB = 1000  # ours
MOST_EVIDENCE_MB = 100_000  # ours
MOST_DECIMALS = 3  # ours: a thousandth of a pixel
MOST_RECENT = 6  # ours: what fits on the start page
MOST_EXPORTS = 100  # ours: some dozen projects in a few formats

Choice = TypeVar("Choice", bound=Enum)

_log = logging.getLogger(__name__)


class ThemeChoice(Enum):
    """SYSTEM follows the desktop, also while the program runs."""

    DARK = "dark"
    LIGHT = "light"
    SYSTEM = "system"


class FirstStep(Enum):
    """The steps a new user is led through, in this order."""

    DRAW = "draw"
    TRACK = "track"
    CORRECT = "correct"


class DeleteScope(Enum):
    """How much "delete" takes; the value is what a person reads."""

    HERE = "on this frame"
    FROM_HERE = "from here on"
    WHOLE_TRACK = "the whole object"


@dataclass(frozen=True, slots=True)
class PastExport:
    """Where a project went in a format, so that the next time it is offered again.

    Attributes:
        format_name: of a label format, or of whatever else a project is exported as.
    """

    project: Path
    format_name: str
    target: Path


@dataclass(frozen=True, slots=True)
class Preferences:
    """Kept from one start to the next; changing them gives others.

    Attributes:
        long_step: frames that a long step goes, 1 to `LONGEST_STEP`.
        pauses_when_lost: whether a run pauses by itself once the target is lost.
        lost_frames: lost frames in a row after which it does, 1 to `MOST_LOST_FRAMES`.
        asks_on_delete: whether deleting asks how much is meant ...
        delete_scope: ... or takes this much.
        interpolated_frames: so many in a row may be interpolated without being a finding of the review, 1 to
            `MOST_INTERPOLATED`.
        continues_after_correction: whether tracking goes on by itself once a correction is learned.
        kept_states: earlier states kept of each project, 1 to `MOST_STATES`.
        backup_gb: how much those of all projects may take, 1 to `MOST_BACKUP_GB`.
        recent: what was opened last, the latest first; absolute paths, `MOST_RECENT` at most.
        steps_done: what a newcomer has done at least once, and is shown no more.
        exports: the latest first, one of each project and format, `MOST_EXPORTS` at most.
        guide: that is to propose boxes, by name; "" for none.
        keeps_diagnostics: whether runs remember what they saw, to explain it and to offer candidates.
        evidence_mb: how much of that lies beside a project at most, in millions of bytes; 0 for nothing.
        decimals: of positions and sizes where they are shown, 0 to `MOST_DECIMALS`.
        stops_at_keyframe: whether a run ends before the next manual box instead of going on through it.
        preset: that the window starts with; "" for the default one.
        speed: likewise, "fast" or "exact"; "" for the one that suits the computer.
    """

    theme: ThemeChoice = ThemeChoice.DARK
    long_step: int = 10
    pauses_when_lost: bool = True
    lost_frames: int = 5  # as measured for `LostRule`
    asks_on_delete: bool = True
    delete_scope: DeleteScope = DeleteScope.HERE
    continues_after_correction: bool = True
    interpolated_frames: int = INTERPOLATED_FRAMES
    kept_states: int = 10
    backup_gb: int = 2
    recent: tuple[Path, ...] = ()
    steps_done: frozenset[FirstStep] = frozenset()
    exports: tuple[PastExport, ...] = ()
    guide: str = ""
    keeps_diagnostics: bool = True
    evidence_mb: int = 256
    decimals: int = 1
    stops_at_keyframe: bool = False
    preset: str = ""
    speed: str = ""

    def with_recent(self, path: Path) -> Preferences:
        """Put what was opened first among the recent."""
        others = tuple(other for other in self.recent if other != path)
        return replace(self, recent=(path, *others)[:MOST_RECENT])

    def without_recent(self, path: Path) -> Preferences:
        """Forget that it was opened."""
        return replace(self, recent=tuple(other for other in self.recent if other != path))

    def with_export(self, made: PastExport) -> Preferences:
        """Remember an export in place of the one before of this project and format."""
        kind = (made.project, made.format_name)
        others = tuple(each for each in self.exports if (each.project, each.format_name) != kind)
        return replace(self, exports=(made, *others)[:MOST_EXPORTS])

    def export_of(self, project: Path, format_name: str) -> PastExport | None:
        """Where a project went in a format the last time."""
        return next(
            (each for each in self.exports if (each.project, each.format_name) == (project, format_name)), None
        )

    def content(self) -> Mapping[str, object]:
        """As it is kept in a file; read back by `preferences_from`."""
        return {
            "theme": self.theme.value,
            "long_step": self.long_step,
            "pauses_when_lost": self.pauses_when_lost,
            "lost_frames": self.lost_frames,
            "asks_on_delete": self.asks_on_delete,
            "delete_scope": self.delete_scope.value,
            "continues_after_correction": self.continues_after_correction,
            "interpolated_frames": self.interpolated_frames,
            "kept_states": self.kept_states,
            "backup_gb": self.backup_gb,
            "recent": [str(path) for path in self.recent],
            "steps_done": sorted(step.value for step in self.steps_done),
            "exports": [[str(each.project), each.format_name, str(each.target)] for each in self.exports],
            "guide": self.guide,
            "keeps_diagnostics": self.keeps_diagnostics,
            "evidence_mb": self.evidence_mb,
            "decimals": self.decimals,
            "stops_at_keyframe": self.stops_at_keyframe,
            "preset": self.preset,
            "speed": self.speed,
        }


def preferences_from(content: Mapping[str, object]) -> Preferences:
    """The preferences that a file holds; whatever makes no sense in it is left at its default, with a warning."""
    default = Preferences()
    return Preferences(
        theme=_choice(content, "theme", default.theme),
        long_step=_count(content, "long_step", default.long_step, LONGEST_STEP),
        pauses_when_lost=_flag(content, "pauses_when_lost", default.pauses_when_lost),
        lost_frames=_count(content, "lost_frames", default.lost_frames, MOST_LOST_FRAMES),
        asks_on_delete=_flag(content, "asks_on_delete", default.asks_on_delete),
        delete_scope=_choice(content, "delete_scope", default.delete_scope),
        continues_after_correction=_flag(
            content, "continues_after_correction", default.continues_after_correction
        ),
        interpolated_frames=_count(content, "interpolated_frames", default.interpolated_frames, MOST_INTERPOLATED),
        kept_states=_count(content, "kept_states", default.kept_states, MOST_STATES),
        backup_gb=_count(content, "backup_gb", default.backup_gb, MOST_BACKUP_GB),
        recent=tuple(Path(path) for path in dict.fromkeys(_texts(content, "recent")))[:MOST_RECENT],
        steps_done=frozenset(step for step in FirstStep if step.value in _texts(content, "steps_done")),
        exports=_exports(content),
        guide=_name(content, "guide", ("", *GUIDE_NAMES)),
        keeps_diagnostics=_flag(content, "keeps_diagnostics", default.keeps_diagnostics),
        evidence_mb=_count(content, "evidence_mb", default.evidence_mb, MOST_EVIDENCE_MB, smallest=0),
        decimals=_count(content, "decimals", default.decimals, MOST_DECIMALS, smallest=0),
        stops_at_keyframe=_flag(content, "stops_at_keyframe", default.stops_at_keyframe),
        preset=_name(content, "preset", ("", *PRESETS)),
        speed=_name(content, "speed", ("", "fast", "exact")),
    )


def _choice(content: Mapping[str, object], name: str, default: Choice) -> Choice:
    value = content.get(name, default.value)
    try:
        return type(default)(value)
    except ValueError:
        _warn(name, f"one of {', '.join(str(choice.value) for choice in type(default))}", value)
        return default


def _flag(content: Mapping[str, object], name: str, default: bool) -> bool:
    value = content.get(name, default)
    if isinstance(value, bool):
        return value
    _warn(name, "true or false", value)
    return default


def _count(content: Mapping[str, object], name: str, default: int, largest: int, *, smallest: int = 1) -> int:
    value = content.get(name, default)
    if isinstance(value, int) and not isinstance(value, bool) and smallest <= value <= largest:
        return value
    _warn(name, f"a number from {smallest} to {largest}", value)
    return default


def _name(content: Mapping[str, object], name: str, known: tuple[str, ...]) -> str:
    """One of those known, the first where it makes no sense."""
    value = content.get(name, known[0])
    if isinstance(value, str) and value in known:
        return value
    _warn(name, f"one of {', '.join(filter(None, known))}", value)
    return known[0]


def _texts(content: Mapping[str, object], name: str) -> tuple[str, ...]:
    value = content.get(name, [])
    if isinstance(value, list) and all(isinstance(text, str) for text in value):
        return tuple(value)
    _warn(name, "a list of strings", value)
    return ()


def _exports(content: Mapping[str, object]) -> tuple[PastExport, ...]:
    value = content.get("exports", [])
    if not isinstance(value, list):
        _warn("exports", "a list", value)
        return ()
    exports = []
    for each in value:
        match each:
            case [str(project), str(format_name), str(target)]:
                exports.append(PastExport(Path(project), format_name, Path(target)))
            case _:
                _warn("exports", "project, format and target", each)
    return tuple(exports[:MOST_EXPORTS])


def _warn(name: str, expected: str, got: object) -> None:
    _log.warning("preferences: %s: expected %s, got %r; using the default", name, expected, got)
