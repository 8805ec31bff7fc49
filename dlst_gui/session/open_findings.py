"""The open findings of the review, kept in step with the project: what has changed is looked through again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from dlst_gui.exchange.progress import Progress, Stage, Watch
from dlst_gui.project.findings.finding import NO_FINDINGS, Findings
from dlst_gui.project.findings.review_findings import DEFAULT_RULES, FindingRules, review_findings
from dlst_gui.project.project import Project
from dlst_gui.session.background_job import BackgroundJob, JobFailed
from dlst_gui.session.session import Session

FRAMES_AT_ONCE = 20_000  # ours: of all objects together, looked through in 20 ms
LOOK_DELAY_MS = 150  # ours: what changes at once is looked through at once


class OpenFindings(QObject):
    """Of all tracks. Where looking through them takes a while, a background job does it on a copy of the project.

    While a tracker is at work and writes, only who asks for them (`when_known`) gets them up to date.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._rules = DEFAULT_RULES
        self._version = 0
        self._known: dict[int, Findings] = {}
        self._stale: set[int] = set()
        self._unsure: set[int] = set()  # to be looked through once more, for which no command waits
        self._is_watched = False
        self._job: BackgroundJob | None = None
        self._changed_since: set[int] = set()
        self._wanted: Callable[[], None] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(LOOK_DELAY_MS)
        self._timer.timeout.connect(self._on_due)
        session.project_opened.connect(self._on_project_opened)
        session.project_closing.connect(self._on_project_closing)
        session.project_changed.connect(self._on_project_changed)
        session.state_changed.connect(self._look_soon)

    @property
    def rules(self) -> FindingRules:
        """What counts as a finding."""
        return self._rules

    def set_rules(self, rules: FindingRules) -> None:
        """Look through everything again where the rules are others."""
        if rules != self._rules:
            self._rules = rules
            self._stale |= self._ids()
            self._changed_since |= self._stale
            self._look_soon()

    def set_watched(self, is_watched: bool) -> None:
        """Whether somebody sees them, so that they are to be kept up to date."""
        self._is_watched = is_watched
        self._look_soon()

    @property
    def is_current(self) -> bool:
        """Whether every track has been looked through as it is now."""
        return not self._unknown()

    @property
    def is_looking(self) -> bool:
        """Whether a job is at work."""
        return self._job is not None

    @property
    def version(self) -> int:
        """Another one whenever `all` may give other findings."""
        return self._version

    def all(self) -> Findings:
        """Of all tracks, in no particular order; of those that have changed since, as they were."""
        ids = self._ids()
        return np.concatenate([NO_FINDINGS, *(found for track, found in self._known.items() if track in ids)])

    def of_track(self, track_id: int) -> Findings:
        """Of one track as it is now, looked through here if need be: the most suspicious first."""
        project = self._session.project
        if project is None or not project.has_track(track_id):
            return NO_FINDINGS
        if track_id in self._unknown():
            self._known[track_id] = review_findings(project, track_id, self._frames, self._rules)
            self._stale.discard(track_id)
            self._tell()
        return self._known[track_id]

    @property
    def current_tracks(self) -> frozenset[int]:
        """Those that have been looked through as they are now."""
        return frozenset(self._known.keys() - self._stale)

    def exchange(self, gone: Findings, come: Findings, *, current: frozenset[int]) -> None:
        """Say at once what a verdict has done to the findings, so that the next one need not wait for a look.

        Args:
            gone: findings that are closed.
            come: those in their place.
            current: `current_tracks` before the verdict.
        """
        for track_id in np.unique(gone["track_id"]).tolist():
            known = self._known.get(track_id, NO_FINDINGS)
            kept = known[~np.isin(known["first"], gone["first"][gone["track_id"] == track_id])]
            self._known[track_id] = np.concatenate([kept, come[come["track_id"] == track_id]])
            if track_id in current:
                self._stale.discard(track_id)
                self._unsure.add(track_id)
        self._look_soon()
        self._tell()

    def when_known(self, go_on: Callable[[], None]) -> None:
        """Go on once all tracks have been looked through; a later command takes the place of one that waits."""
        unknown = self._unknown()
        if self._look_here(unknown):
            go_on()
            return
        self._wanted = go_on
        self._begin(unknown)

    @property
    def _frames(self) -> int:
        return self._session.playhead.last_frame + 1

    def _ids(self) -> set[int]:
        project = self._session.project
        return set() if project is None else {track.track_id for track in project.tracks()}

    def _unknown(self) -> list[int]:
        return sorted(track for track in self._ids() if track not in self._known or track in self._stale)

    def _tell(self) -> None:
        self._version += 1
        self.changed.emit()

    def _uncertain(self) -> list[int]:
        return sorted({*self._unknown(), *(self._unsure & self._ids())})

    def _look_here(self, unknown: list[int]) -> bool:
        """Look through these tracks, if that is little enough to be done now; whether all is known then."""
        project = self._session.project
        if project is None or not unknown:
            return True
        if self._job is not None or len(unknown) * self._frames > FRAMES_AT_ONCE:
            return False
        for track_id in unknown:
            self._known[track_id] = review_findings(project, track_id, self._frames, self._rules)
        self._stale.difference_update(unknown)
        self._unsure.difference_update(unknown)
        self._tell()
        return True

    def _begin(self, track_ids: list[int]) -> None:
        project = self._session.project
        if self._job is not None or project is None:
            return
        self._changed_since.clear()
        work = partial(_look_through, project.copied(), tuple(track_ids), self._frames, self._rules)
        self._job = BackgroundJob(work, "review findings")
        self._job.progressed.connect(self._on_progressed)
        self._job.ended.connect(self._on_ended)
        self.changed.emit()

    def _leave(self) -> None:
        """End the job, whose findings are not wanted any more."""
        job, self._job = self._job, None
        if job is not None:
            job.close()

    @Slot()
    def _look_soon(self) -> None:
        is_idle = not self._session.state.is_busy and not self._session.long_change.is_going
        if self._is_watched and is_idle and self._job is None and self._uncertain():
            self._timer.start()

    @Slot()
    def _on_due(self) -> None:
        uncertain = self._uncertain()
        if not self._session.state.is_busy and not self._look_here(uncertain):
            self._begin(uncertain)

    @Slot(object)
    def _on_progressed(self, progress: Progress) -> None:
        if self._wanted is not None:
            done = f"object {progress.done + 1} of {progress.total}"
            self._session.noted.emit(f"Looking for frames to review: {done}")

    @Slot(object)
    def _on_ended(self, outcome: object) -> None:
        if self.sender() is not self._job:
            return  # what was left
        self._job = None
        wanted, self._wanted = self._wanted, None
        if isinstance(outcome, JobFailed):
            self._session.failed.emit("Cannot look for frames to review", outcome.message, outcome.details)
        elif isinstance(outcome, Mapping):
            fresh = outcome.keys() - self._changed_since
            self._known.update({track_id: found for track_id, found in outcome.items() if track_id in fresh})
            self._stale -= fresh
            self._unsure -= fresh
            self._version += 1
            if wanted is not None:
                self.when_known(wanted)
            self._look_soon()
        self.changed.emit()

    @Slot()
    def _on_project_opened(self) -> None:
        self._look_soon()
        self.changed.emit()

    @Slot()
    def _on_project_closing(self) -> None:
        self._timer.stop()
        self._known.clear()
        self._stale.clear()
        self._unsure.clear()
        self._wanted = None
        self._leave()
        self._tell()

    @Slot(object)
    def _on_project_changed(self, track_ids: frozenset[int]) -> None:
        self._changed_since |= track_ids
        self._stale |= track_ids
        for gone in self._known.keys() - self._ids():
            del self._known[gone]
            self._version += 1
        self._look_soon()
        self.changed.emit()


def _look_through(
    project: Project, track_ids: tuple[int, ...], frames: int, rules: FindingRules, watch: Watch
) -> Mapping[int, Findings]:
    found = {}
    for number, track_id in enumerate(track_ids):
        watch.tell(Stage.LOOKING_THROUGH, number, len(track_ids))
        found[track_id] = review_findings(project, track_id, frames, rules)
    return found
