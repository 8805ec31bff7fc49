"""The status bar: what the tracker is doing, how fast, where, and with what."""

from __future__ import annotations

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QSizePolicy, QStatusBar, QWidget

from dlst_gui.counting import counted
from dlst_gui.project.effort_meter import Effort, EffortMeter
from dlst_gui.session.background_task import BackgroundTask
from dlst_gui.session.long_change import LongChange
from dlst_gui.session.run_state import RunState
from dlst_gui.session.session import Session
from dlst_gui.views.style.status_level import StatusLevel, set_status
from dlst_gui.views.window.message_strip import NOTE_MS
from dlst_gui.views.window.video_note import VideoNote

GAP = 8  # screen pixels
NARROWEST = 300  # screen pixels
EDGE = 6  # screen pixels between the window's edge and what is first and last
FRAMES_COUNTED_AT_ONCE = 50_000  # of all objects together: about 10 ms
COUNTING_INTERVAL_MS = 50
EFFORT_TIP = (
    "Boxes drawn or accepted, candidates picked and frames marked as outside; "
    "their total per 100 labelled frames; and frames not reviewed yet"
)

_MOODS = {
    RunState.LEARNING: StatusLevel.BUSY,
    RunState.TRACKING: StatusLevel.BUSY,
    RunState.CHANGING: StatusLevel.BUSY,
    RunState.PAUSED: StatusLevel.CALM,
    RunState.FINISHED: StatusLevel.GOOD,
    RunState.FAILED: StatusLevel.WARNING,
}


class RunStatus(QStatusBar):
    """Reads the session; before there is a frame to show passing notes on, they are here."""

    range_asked = Signal()  # which values are black and white is to be seen, or chosen

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._chip = QLabel()
        self._chip.setObjectName("chip")
        self._chip.setAccessibleName("State")
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setFixedWidth(120)
        self._progress.setAccessibleName("Progress")
        self.cancel = QPushButton("Cancel")
        self.cancel.setToolTip("Stop, and leave everything as it was before")
        self.cancel.clicked.connect(session.stop_change)
        self._speed = QLabel()
        self._frame = QLabel()
        self._tracker = QLabel()
        self._device = QLabel()
        self._effort = QLabel()
        self._effort.setAccessibleName("Effort")
        self._meter = EffortMeter()
        self._counting = QTimer(self)
        self._counting.setSingleShot(True)
        self._counting.setInterval(COUNTING_INTERVAL_MS)
        self._counting.timeout.connect(self._count_on)
        self._video_note = VideoNote()
        self._video_note.asked.connect(self._on_video_note)
        self._note = QLabel()
        # A long note is cut off instead of widening the window.
        self._note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._note_timer = QTimer(self)
        self._note_timer.setSingleShot(True)
        self._note_timer.setInterval(NOTE_MS)
        self._note_timer.timeout.connect(self._note.clear)
        self.addWidget(self._chip)
        self.addWidget(self._progress)
        self.addWidget(self.cancel)
        self.addWidget(self._note, stretch=1)
        self.addPermanentWidget(self._video_note)
        self._labels = (self._effort, self._speed, self._frame, self._tracker, self._device)
        for label in self._labels:
            self.addPermanentWidget(label)
        self.setSizeGripEnabled(False)
        self.setContentsMargins(EDGE, 0, EDGE, 0)
        session.noted.connect(self._on_noted)
        self.refresh()

    def count(self, changed: frozenset[int]) -> None:
        """Count the manual work again, of the tracks that have changed."""
        # Nobody works on a file of evidence.
        self._meter.note(None if self._session.is_trace else self._session.project, changed)
        if self._meter.uncounted() * self._session.playhead.last_frame < FRAMES_COUNTED_AT_ONCE:
            self._count_on()
        else:
            self._counting.start()

    def _count_on(self) -> None:
        """Count as much as nobody notices, and the rest soon."""
        frame_count = self._session.playhead.last_frame + 1
        effort = self._meter.count(frame_count, most_frames=FRAMES_COUNTED_AT_ONCE)
        if effort is None:
            self._counting.start()
            return
        self._effort.setText(effort_text(effort))
        self._effort.setToolTip(EFFORT_TIP)

    def minimumSizeHint(self) -> QSize:  # noqa: D102 - Qt's
        return QSize(NARROWEST, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102 - Qt's
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Leave out what is said elsewhere as well, where there is no room for all."""
        shown = [label for label in self._labels if label.text()]
        fixed = (self._chip, self._video_note, *((self._progress, self.cancel) if self.cancel.isVisible() else ()))
        room = self.width() - sum(widget.sizeHint().width() + GAP for widget in fixed if not widget.isHidden())
        for label in (self._device, self._tracker, self._frame, self._speed, self._effort):
            if sum(each.sizeHint().width() + GAP for each in shown) <= room:
                break
            if label in shown:
                shown.remove(label)
        for label in self._labels:
            label.setVisible(label in shown)

    @property
    def effort(self) -> str:
        return self._effort.text()

    @property
    def state_text(self) -> str:
        return self._chip.text()

    @property
    def note(self) -> str:
        """The passing note, as long as it is shown."""
        return self._note.text()

    @property
    def texts(self) -> tuple[str, ...]:
        """Speed, frame, tracker and device."""
        return tuple(label.text() for label in (self._speed, self._frame, self._tracker, self._device))

    @property
    def video_note(self) -> VideoNote:
        """What is odd about the open video."""
        return self._video_note

    def refresh(self) -> None:
        """Show how things stand now."""
        session = self._session
        text, level = state_text(session)
        set_status(self._chip, text, level)
        waited_for = long_work(session)
        is_changing = waited_for is not None
        self.cancel.setVisible(is_changing)
        self._progress.setVisible(is_changing or session.state is RunState.LEARNING)
        # A bar without a range moves by itself: the tracker is being built, no fraction is known yet.
        fraction = _learned_fraction(session) if waited_for is None else waited_for.fraction
        self._progress.setRange(0, 100 if fraction > 0 else 0)
        self._progress.setValue(round(100 * fraction))
        tracker = session.tracking.settings
        rate = session.run.frames_per_second
        self._speed.setText("" if rate is None else f"{rate:.1f} frames/s{_time_left(session)}")
        playhead = session.playhead
        self._video_note.show_notice("" if playhead.source is None else playhead.source.notice or "")
        self._frame.setText(f"frame {playhead.frame_index} of {playhead.last_frame}" if playhead.source else "")
        self._tracker.setText(f"{tracker.preset} · {tracker.mode} · {tracker.weights}")
        self._device.setText(tracker.device)
        self._fit()

    def _on_video_note(self, sentence: str) -> None:
        source = self._session.playhead.source
        if source is not None and source.annotated.shown_range is not None:
            self.range_asked.emit()
        else:
            self._session.noted.emit(sentence)

    def _on_noted(self, note: str) -> None:
        if self._session.state is not RunState.EMPTY:
            return  # the frame has more room for it
        # Not `showMessage`, which would hide the state behind it.
        self._note.setText(note)
        self._note.setToolTip(note)
        self._note_timer.start()


def effort_text(effort: Effort) -> str:
    """The meter in a line; empty before there is anything to count."""
    if not effort.labelled:
        return ""
    parts = [counted(effort.boxes, "box", "boxes")]
    parts += [f"{n:,} {word}" for n, word in ((effort.picks, "picked"), (effort.flags, "flagged")) if n]
    parts.append(f"{effort.actions_per_100_frames:.1f} per 100 frames")
    parts.append(f"{effort.unreviewed:,} unreviewed" if effort.unreviewed else "all reviewed")
    return " · ".join(parts)


def long_work(session: Session) -> LongChange | BackgroundTask | None:
    """What takes long and is waited for, if anything is."""
    return next((each for each in (session.long_change, session.task) if each.is_going), None)


def _learned_text(session: Session) -> str:
    """How much is learned; empty before anything is."""
    place, fraction = session.run.targets.learning_place, session.run.learning_fraction
    if place is not None:
        return f"{place[0]} of {place[1]}"
    return f"{fraction:.0%}" if fraction > 0 else ""


def _learned_fraction(session: Session) -> float:
    """Of the box that is being learned; while a run of several begins, of all first frames together."""
    place, fraction = session.run.targets.learning_place, session.run.learning_fraction
    return fraction if place is None else (place[0] - 1 + fraction) / place[1]


def _time_left(session: Session) -> str:
    progress = session.run.progress
    if progress is None or progress.time_left_s is None:
        return ""
    minutes, seconds = divmod(round(progress.time_left_s), 60)
    return f" · {minutes}:{seconds:02d} left"


def state_text(session: Session) -> tuple[str, StatusLevel]:
    """The word for the state; a lost target goes before everything but learning."""
    state = session.state
    if session.playhead.opening is not None:
        share = session.playhead.opening_share
        return f"opening {share:.0%}" if share else "opening", StatusLevel.BUSY
    if (waited_for := long_work(session)) is not None:
        done = f" {waited_for.fraction:.0%}" if waited_for.fraction else ""
        return f"{waited_for.word}{done}", StatusLevel.BUSY
    if state is RunState.LEARNING and (done := _learned_text(session)):
        return f"learning {done}", StatusLevel.BUSY
    if session.selection.is_lost and state is not RunState.LEARNING:
        return f"{state.value} · target lost", StatusLevel.WARNING
    if session.current_project.is_read_only:
        return "read-only", StatusLevel.WARNING
    return state.value, _MOODS.get(state, StatusLevel.CALM)
