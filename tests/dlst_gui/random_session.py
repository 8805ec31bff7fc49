"""A person at work in a session, drawn at random: boxes, runs, pauses, undo; and what it tells of it."""

from __future__ import annotations

import random
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Slot

from dlst_gui.project.attributes import Attribute, AttributeKind, AttributeScope
from dlst_gui.project.history import EditHistory
from dlst_gui.project.project import Project
from dlst_gui.project.review import ReviewMark
from dlst_gui.project.store import Step
from dlst_gui.project.tracks import Visibility
from dlst_gui.session.editing import Editing
from dlst_gui.session.identities import Identities
from dlst_gui.session.labelling import Labelling
from dlst_gui.session.reviewing import Reviewing
from dlst_gui.session.session import Session
from dlst_gui.settings.preferences import DeleteScope
from dlst_gui.tracking.tracking_run import Direction, FrameTracked
from tracker_core import Box

MOST_TRACKS = 4
QUICK_MS, SLOW_MS = (1, 60), (300, 1500)  # between two actions; the slow ones let a run go on


@dataclass(frozen=True)
class Begun:
    """An action begins; without an `Acknowledged` after it, its step may be in the file or not."""

    action: str


@dataclass(frozen=True)
class Acknowledged:
    """What the project holds once an action has returned that made, undid or redid a step.

    Attributes:
        done: the steps that are not undone.
        human: all but predictions, see `human_parts`.
        predictions: of all tracks, as bytes of `PredictionBlock`.
    """

    action: str
    done: tuple[Step, ...]
    human: str
    predictions: dict[int, bytes]


@dataclass(frozen=True)
class Ended:
    """An action that made no step has returned."""


@dataclass(frozen=True)
class Tracked:
    """A frame the window was told of, at a time of `time.monotonic`."""

    at_s: float
    track_id: int
    frame_index: int
    box: Box


@dataclass(frozen=True)
class Opened:
    """The project is open."""

    path: Path


@dataclass(frozen=True)
class Fault:
    """Something went wrong without a kill."""

    message: str


Told = Begun | Acknowledged | Ended | Tracked | Opened | Fault


class RandomSession(QObject):
    """Acts on a session until the process ends, and tells each action and each tracked frame."""

    def __init__(self, session: Session, pipe: Connection, seed: int) -> None:
        super().__init__()
        self._session = session
        self._editing = Editing(session)
        self._labelling = Labelling(session, self._editing)
        self._identities = Identities(session)
        self._reviewing = Reviewing(session)
        self._pipe = pipe
        self._random = random.Random(seed)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_due)
        session.run.set_diagnostics_wanted(True)  # for picks
        session.project_opened.connect(self._on_project_opened)
        session.frame_tracked.connect(self._on_frame_tracked)
        session.failed.connect(self._on_failed)
        sys.excepthook = self._tell_exception

    @Slot()
    def _on_project_opened(self) -> None:
        assert self._session.current_project.path is not None
        self._tell(Opened(self._session.current_project.path))
        self._tell(self._acknowledged("open"))
        self._timer.start(0)

    @Slot(object)
    def _on_frame_tracked(self, tracked: FrameTracked) -> None:
        if not tracked.is_human:
            told = Tracked(time.monotonic(), tracked.track_id, tracked.frame_index, tracked.result.box)
            self._tell(told)

    @Slot(str, str, str)
    def _on_failed(self, title: str, message: str, _details: str) -> None:
        self._tell(Fault(f"{title}: {message}"))

    @Slot()
    def _on_due(self) -> None:
        action = self._chosen()
        before = self._history.steps()
        self._tell(Begun(action.__name__))
        action()
        is_step = self._history.steps() != before
        self._tell(self._acknowledged(action.__name__) if is_step else Ended())
        is_quick = self._random.random() < (0.5 if self._session.state.is_busy else 0.95)
        self._timer.start(self._random.randint(*(QUICK_MS if is_quick else SLOW_MS)))

    def _chosen(self) -> Callable[[], None]:
        if self._session.state.is_busy:
            return self._random.choice((self._pause, self._pause, self._stop, self._seek, self._undo))
        drawing: tuple[Callable[[], None], ...] = (self._draw, self._correct, self._correct, self._pick)
        running = (
            self._track,
            self._track,
            self._track_backward,
            self._track_all,
            self._track_between,
            self._step,
        )
        saying = (self._say, self._say, self._say_next, self._offer, self._give_label)
        marking = (self._outside, self._occluded, self._delete, self._judge, self._label, self._pin, *saying)
        parting = (self._propagate, self._split, self._merge, self._swap, self._remove_box)
        moving = (self._seek, self._select, self._undo, self._redo, self._redo, self._stop)
        groups = (drawing, drawing, drawing, running, running, marking, parting, moving, (self._new_track,))
        return self._random.choice(self._random.choice(groups)) if self._project.tracks() else self._new_track

    def _draw(self) -> None:
        self._session.set_box(self._any_frame(), self._any_box())

    def _new_track(self) -> None:
        if len(self._project.tracks()) < MOST_TRACKS:
            self._session.selection.begin_new_track()
        self._draw()

    def _correct(self) -> None:
        latest = self._session.run.latest_frame
        self._session.set_box(self._any_frame() if latest is None else latest, self._any_box())

    def _pick(self) -> None:
        self._editing.pick(self._random.randint(1, 5))

    def _track(self) -> None:
        self._session.tracking.track()

    def _track_backward(self) -> None:
        self._session.tracking.track(Direction.BACKWARD)

    def _track_all(self) -> None:
        self._session.tracking.track(all_tracks=True)

    def _track_between(self) -> None:
        self._session.tracking.track_between()

    def _step(self) -> None:
        self._session.tracking.step()

    def _pause(self) -> None:
        self._session.run.pause()

    def _stop(self) -> None:
        self._session.run.stop()

    def _undo(self) -> None:
        self._session.undo()

    def _redo(self) -> None:
        self._session.redo()

    def _seek(self) -> None:
        self._session.seek(self._any_frame())

    def _select(self) -> None:
        self._session.selection.select(self._random.choice(self._project.tracks()).track_id)

    def _outside(self) -> None:
        self._editing.toggle_visibility(Visibility.OUTSIDE)

    def _occluded(self) -> None:
        self._editing.toggle_visibility(Visibility.OCCLUDED)

    def _delete(self) -> None:
        self._editing.delete(self._random.choice(tuple(DeleteScope)))

    def _remove_box(self) -> None:
        self._editing.seek_keyframe(forward=self._random.random() < 0.5)
        self._editing.toggle_keyframe()

    def _judge(self) -> None:
        self._reviewing.judge(self._random.choice(tuple(ReviewMark)))

    def _label(self) -> None:
        self._editing.set_label(self._random.choice(("dog", "cat", "ball")))

    def _say(self) -> None:
        value = self._random.choice(("", "true", "false", "large"))
        self._labelling.say("truncated", value, is_of_frame=self._random.random() < 0.7)

    def _say_next(self) -> None:
        self._labelling.say_next(self._random.randint(1, 3))

    def _give_label(self) -> None:
        self._labelling.give_label_number(self._random.randint(1, 3))

    def _offer(self) -> None:
        kind, scope = self._random.choice(tuple(AttributeKind)), self._random.choice(tuple(AttributeScope))
        choices = ("a", "b") if kind is AttributeKind.CHOICE else ()
        number = self._random.randint(1, 3)
        attribute = Attribute(number, self._random.choice(("truncated", "size")), kind, scope, choices)
        self._labelling.offer_attribute(replace(attribute, hotkey=str(number)))

    def _pin(self) -> None:
        self._editing.toggle_pinned(self._session.selected_track)

    def _propagate(self) -> None:
        self._editing.propagate(self._random.randint(1, 5))

    def _split(self) -> None:
        self._editing.split()

    def _merge(self) -> None:
        track_id = self._session.selected_track
        if track_id is not None:
            self._identities.merge(track_id, self._random.choice(self._project.tracks()).track_id)

    def _swap(self) -> None:
        track_id, frame_index = self._session.selected_track, self._session.playhead.frame_index
        if track_id is not None:
            self._identities.swap(track_id, self._random.choice(self._project.tracks()).track_id, frame_index)

    def _any_frame(self) -> int:
        return self._random.randint(0, self._session.playhead.last_frame)

    def _any_box(self) -> Box:
        side = self._random.uniform(12, 40)
        return Box(self._random.uniform(0, 100), self._random.uniform(0, 70), side, side)

    @property
    def _project(self) -> Project:
        assert self._session.project is not None
        return self._session.project

    @property
    def _history(self) -> EditHistory:
        assert self._session.current_project.history is not None
        return self._session.current_project.history

    def _acknowledged(self, action: str) -> Acknowledged:
        project = self._project
        predictions = {info.track_id: project.predictions(info.track_id).to_bytes() for info in project.tracks()}
        return Acknowledged(action, done_steps(self._history), human_parts(project), predictions)

    def _tell(self, told: Told) -> None:
        self._pipe.send(told)

    def _tell_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        self._tell(Fault("".join(traceback.format_exception(kind, error, trace))))
        QCoreApplication.exit(1)


def human_parts(project: Project) -> str:
    """Everything in a project but predictions, as text to compare."""
    tracks = [(info, project.keyframes(info.track_id), project.review(info.track_id)) for info in project.tracks()]
    return repr((project.video, project.labels(), project.attributes(), tracks))


def done_steps(history: EditHistory) -> tuple[Step, ...]:
    """Those that are not undone."""
    return tuple(step for step in history.steps() if not step.is_undone)
