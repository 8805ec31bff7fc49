"""What trackers saw, for the window: recent frames in memory, those worth asking about beside the project."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, Signal, Slot

from dlst_gui.evidence.belonging import explaining
from dlst_gui.evidence.evidence_store import (
    EvidenceStore,
    FoundEvidence,
    FoundScores,
    KeepingEnded,
    SetAside,
    Sidecar,
    Told,
)
from dlst_gui.evidence.ghost_evidence import GhostEvidence
from dlst_gui.evidence.kept_frame import KeptFrame
from dlst_gui.evidence.reasons import FRAMES_BEFORE_LOSS, Reason, reasons_of
from dlst_gui.evidence.recent_evidence import RecentEvidence, evidence_bytes
from dlst_gui.evidence.sidecar_name import sidecar_of
from dlst_gui.evidence.stored_scores import StoredScores
from dlst_gui.evidence.trace_facts import TraceFacts
from dlst_gui.evidence.trace_writer import DEFAULT_LIMIT_BYTES
from dlst_gui.project.tracks import Prediction
from dlst_gui.session.current_project import CurrentProject
from dlst_gui.session.frame_reader import SourceInfo
from dlst_gui.session.playhead import Playhead
from dlst_gui.session.run_control import RunControl
from dlst_gui.settings.program_version import program_version
from dlst_gui.tracking.tracking_run import Direction, FrameTracked
from tracker_core import TrackResult
from tracker_core.evidence import FrameEvidence

LOOKING = "Looking for what was kept of this frame …"
SWITCHED_OFF = (
    "What the tracker saw is not remembered. Switch on Remember What the Tracker Saw in the settings of tracking, "
    "then track again."
)
NOT_KEPT = (
    "What the tracker saw here was not kept. Kept are the latest frames, and those that were lost, unsure, "
    "jumped, corrected or marked as bad. To keep all, switch on View > Evidence > Keep Evidence of All Frames, "
    "then track again."
)
KEPT_IN_MEMORY_ALONE = (
    "What the tracker saw here is not known any more. It is kept in memory alone, of the latest frames, until the "
    "video is closed."
)

NOT_IN_FILE = "This file does not say what the tracker saw of this object here."

MOST_ADOPTED = 3
"""Ours. Ghosts that were taken, of which what they saw stays in memory."""

FRAMES_FOUND = 256
"""Ours. Frames read from the disk that stay in memory, as far as `FOUND_BYTES` go."""

FOUND_BYTES = 16 * 2**20
"""Ours. A frame of fifty objects has megabytes."""

FRAMES_FOUND_AT_LEAST = 64
"""Ours. More than a card asks for at once: it would ask for ever for what does not stay."""


@dataclass(frozen=True, slots=True)
class _Pass:
    """How far the tracker has come with a track in one direction.

    Attributes:
        latest: frame.
        result: on it.
        begun_at: frame of the latest manual box.
    """

    latest: int
    result: TrackResult
    begun_at: int


class KeptEvidence(QObject):
    """Takes in every tracked frame, and finds what was seen on past ones. The window never waits for the disk."""

    changed = Signal()  # what was looked for has come, or is not there
    stored_changed = Signal()  # which frames the file tells of is known
    ended = Signal(str)  # nothing more is written beside the project, and why
    set_aside = Signal(object)  # Path: what could not be read has this name now

    _told = Signal(int, object)  # which opening's store tells, and what

    def __init__(self, current_project: CurrentProject, run: RunControl, playhead: Playhead) -> None:
        super().__init__()
        self._current_project = current_project
        self._run = run
        self._playhead = playhead
        self.recent = RecentEvidence()
        self._adopted: deque[RecentEvidence] = deque(maxlen=MOST_ADOPTED)
        self._store: EvidenceStore | None = None
        self._opening = 0
        self._found: OrderedDict[int, tuple[FrameEvidence, ...]] = OrderedDict()
        self._found_bytes = 0
        self._stored = StoredScores()
        self._asked: int | None = None
        self._known_runs: set[int] = set()
        self._passes: dict[tuple[int, bool], _Pass] = {}
        self._keeps_all = False
        self._limit_bytes = DEFAULT_LIMIT_BYTES
        self._told.connect(self._on_told, Qt.ConnectionType.QueuedConnection)

    def set_keeps_all(self, keeps_all: bool) -> None:
        """Write every tracked frame beside the project, or only those that are worth asking about."""
        self._keeps_all = keeps_all

    def set_limit(self, limit_bytes: int) -> None:
        """How large the file beside a project may become, 0 for none; holds from the next one that is opened."""
        self._limit_bytes = limit_bytes

    def why_missing(self, frame_index: int) -> str:
        """Why nothing is known of a tracked box on a frame, and how to get it, for people."""
        if self._asked == frame_index:
            return LOOKING
        if self._is_of_trace:
            return NOT_IN_FILE
        if not self._run.are_diagnostics_wanted:
            return SWITCHED_OFF
        return KEPT_IN_MEMORY_ALONE if self._store is None else NOT_KEPT

    def open(self) -> None:
        """A project is open: what is kept beside it can be found, and more is kept there."""
        self.close()
        project, source = self._current_project.project, self._playhead.source
        path = self._path(source)
        if project is None or path is None or source is None:
            return
        facts = TraceFacts.of(project.video, fps=source.nominal_fps, program_version=program_version())
        is_read_only = self._current_project.is_read_only
        sidecar = Sidecar(path, project.video, facts, self._limit_bytes, is_read_only)
        self._opening += 1
        self._store = EvidenceStore(sidecar, partial(self._told.emit, self._opening))

    def _path(self, source: SourceInfo | None) -> Path | None:
        """Of the file; None where nothing is kept in one."""
        if self._is_of_trace and source is not None:
            return source.path
        project = self._current_project.path
        return None if project is None or self._limit_bytes == 0 else sidecar_of(project)

    @property
    def _is_of_trace(self) -> bool:
        source = self._playhead.source
        return source is not None and source.is_trace

    def close(self) -> None:
        """The project is put away: what waits is written, and nothing is known any more."""
        store, self._store = self._store, None
        if store is not None:
            store.close()
        self.recent.clear()
        self._stored = StoredScores()
        self._adopted.clear()
        self._found.clear()
        self._found_bytes = 0
        self._known_runs.clear()
        self._passes.clear()
        self._asked = None

    def take(self, tracked: FrameTracked) -> None:
        """Keep what was seen, of every track: a person may ask about each.

        A manual box leaves what the tracker had found before, to show what went wrong.
        """
        is_backward = tracked.direction is Direction.BACKWARD
        place, before = (tracked.track_id, is_backward), tracked.frame_index - tracked.direction
        if tracked.is_human:
            self._passes[place] = _Pass(tracked.frame_index, tracked.result, tracked.frame_index)
            return
        evidence = self.of_frame(tracked, self._run.system)
        self.recent.record(evidence)
        earlier = self._passes.get(place)
        if earlier is not None and earlier.latest != before:
            earlier = None
        begun_at = tracked.frame_index if earlier is None else earlier.begun_at
        self._passes[place] = _Pass(tracked.frame_index, replace(tracked.result, diagnostics=None), begun_at)
        if evidence.diagnostics is None:
            return
        reasons = reasons_of(evidence, None if earlier is None else earlier.result.box)
        if reasons or self._keeps_all:
            self._keep(evidence, reasons)
        if Reason.LOST in reasons and earlier is not None and earlier.result.is_found:
            self._keep_before(evidence, begun_at)

    def of_frame(self, tracked: FrameTracked, system: str) -> FrameEvidence:
        """What a tracker of this system has told of a frame of the open video."""
        return FrameEvidence(
            tracked.frame_index,
            tracked.track_id,
            tracked.result,
            is_backward=tracked.direction is Direction.BACKWARD,
            system=system,
            elapsed_s=tracked.elapsed_s,
            timestamp_s=self._timestamp_s(tracked.frame_index),
        )

    def adopt(self, ghost: GhostEvidence, run_id: int) -> None:
        """What a ghost's tracker saw explains boxes of the project now: of this run, which is remembered."""
        self._adopted.append(ghost.seen)
        for evidence, reasons in ghost.worth_keeping(keeps_all=self._keeps_all):
            self._keep(evidence, reasons, run_id)

    def note_correction(self, track_id: int, prediction: Prediction) -> None:
        """A person is about to give another box than the tracker."""
        self._add_reason(track_id, prediction, Reason.CORRECTED)

    def note_bad(self, track_id: int, predictions: Iterable[Prediction]) -> None:
        """A person has called these boxes bad."""
        for prediction in predictions:
            self._add_reason(track_id, prediction, Reason.MARKED_BAD)

    def of(self, track_id: int, prediction: Prediction) -> FrameEvidence | None:
        """What the tracker saw when it found a box; None where that is not known, or not yet: see `changed`."""
        found = self._known(track_id, prediction)
        if found is None and self._store is not None and prediction.frame_index not in self._found:
            self._asked = prediction.frame_index
            self._store.look(prediction.frame_index)
        return found

    def of_several(self, track_id: int, predictions: Sequence[Prediction]) -> list[FrameEvidence | None]:
        """As `of`, for frames around the one that is shown: those that have to be looked for come all at once."""
        known = [self._known(track_id, each) for each in predictions]
        missing = [
            prediction.frame_index
            for prediction, found in zip(predictions, known, strict=True)
            if found is None and prediction.frame_index not in self._found
        ]
        if missing and self._store is not None:
            self._store.look_beside(missing)
        return known

    def explained(self, scores: NDArray[np.float32], first: int) -> NDArray[np.bool_]:
        """(n,) of which boxes with these (n,) scores, on frames from `first` on, it is known what the tracker saw.

        What has gone from a full file since it was opened counts as well, until it is opened again.
        """
        found = self._stored.explained(scores, first)
        for each in (self.recent, *self._adopted):
            found |= each.scores().explained(scores, first)
        return found

    def _known(self, track_id: int, prediction: Prediction) -> FrameEvidence | None:
        """Without looking on the disk."""
        frame_index = prediction.frame_index
        found = self._remembered(prediction)
        if found is None and frame_index in self._found:
            self._found.move_to_end(frame_index)
            found = explaining(self._found[frame_index], prediction)
        if found is None or found.track_id == track_id:
            return found
        return replace(found, track_id=track_id)  # the object has been given another number since

    def _remembered(self, prediction: Prediction) -> FrameEvidence | None:
        shelves = (self.recent, *self._adopted)
        return explaining((seen for each in shelves for seen in each.on_frame(prediction.frame_index)), prediction)

    def _timestamp_s(self, frame_index: int) -> float | None:
        source = self._playhead.source
        return None if source is None else source.annotated.timestamp_s(frame_index)

    def _keep_before(self, lost: FrameEvidence, begun_at: int) -> None:
        """The frames before, as far as the pass was on its way then."""
        step = 1 if lost.is_backward else -1
        for frames in range(1, min(FRAMES_BEFORE_LOSS, abs(lost.frame_index - begun_at) - 1) + 1):
            frame_index = lost.frame_index + step * frames
            evidence = self.recent.get(lost.track_id, frame_index, is_backward=lost.is_backward)
            if evidence is None or not evidence.is_found:
                return
            self._keep(evidence, reasons_of(evidence, None) | Reason.BEFORE_LOSS)

    def _add_reason(self, track_id: int, prediction: Prediction, reason: Reason) -> None:
        frame_index = prediction.frame_index
        seen = self._remembered(prediction)
        if seen is not None:
            self._keep(seen, reasons_of(seen, None) | reason, prediction.run_id)
        elif self._store is not None:
            self._store.mark(frame_index, track_id, reason)

    def _keep(self, evidence: FrameEvidence, reasons: Reason, run_id: int | None = None) -> None:
        if self._store is None:
            return
        run_id = self._run.recorded_run_id if run_id is None else run_id
        facts = None if run_id in self._known_runs else self._current_project.facts_of_run(run_id)
        self._known_runs.add(run_id)
        self._let_go(evidence.frame_index)
        self._stored.add(np.array([evidence.frame_index]), np.array([evidence.score], np.float32))
        self._store.keep(KeptFrame(evidence, reasons, run_id), facts)

    def _remember(self, found: FoundEvidence) -> None:
        self._let_go(found.frame_index)
        self._found[found.frame_index] = found.evidence
        self._found_bytes += sum(map(evidence_bytes, found.evidence))
        while self._is_too_much:
            self._let_go(next(iter(self._found)))

    @property
    def _is_too_much(self) -> bool:
        frames = len(self._found)
        return frames > FRAMES_FOUND or (frames > FRAMES_FOUND_AT_LEAST and self._found_bytes > FOUND_BYTES)

    def _let_go(self, frame_index: int) -> None:
        self._found_bytes -= sum(map(evidence_bytes, self._found.pop(frame_index, ())))

    @Slot(int, object)
    def _on_told(self, opening: int, told: Told) -> None:
        if self._store is None or opening != self._opening:
            return  # told of a project that has been put away since
        match told:
            case FoundEvidence():
                self._remember(told)
                if self._asked == told.frame_index:
                    self._asked = None
                self.changed.emit()
            case FoundScores():
                self._stored.add(*told.scores.content)
                self.stored_changed.emit()
            case KeepingEnded():
                self.ended.emit(told.message)
            case SetAside(path=path):
                self.set_aside.emit(path)
