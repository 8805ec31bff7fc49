"""The row under the frame while several objects are tracked: how many go on, and which wait for a person."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QAction, QColor, QIcon, QKeySequence, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QSizePolicy, QWidget

from dlst_gui.counting import counted
from dlst_gui.session.run_targets import WaitingTarget
from dlst_gui.session.session import Session
from dlst_gui.views.actions.action_set import ActionSet

SWATCH, SWATCH_EDGE = 10, 4  # pixels, and how far the words beside it stay off
GAP = 6
HEIGHT = 34  # whatever it shows: the picture above it keeps its place
ANSWERS = {"swap": "Swap…", "merge": "Merge…", "both-right": "Both Right"}
"""Commands by name, and how they are called here."""


class CrowdBar(QWidget):
    """Reads the session; a click on one that waits goes there. Hidden unless a run has several objects."""

    def __init__(self, session: Session, actions: ActionSet, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._actions = actions
        self._seen: tuple[object, ...] = ()
        self._words = QLabel()
        self._words.setProperty("quiet", True)
        self._chips: list[QPushButton] = []
        self._more = QPushButton()
        self._more.setObjectName("quiet_chip")
        self._more.setAccessibleName("More lost objects")
        self._more.setMenu(QMenu(self._more))
        self._row = QHBoxLayout()
        self._row.setSpacing(GAP)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 3, 10, 3)
        layout.setSpacing(2 * GAP)
        layout.addWidget(self._words)
        layout.addLayout(self._row)
        layout.addWidget(self._more)
        layout.addStretch(1)
        self._question = QLabel()
        layout.addWidget(self._question)
        self._answers = [_answer(actions[name], words) for name, words in ANSWERS.items()]
        for answer in self._answers:
            layout.addWidget(answer)
        # Chips that do not fit go into a menu instead of widening the window.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT)
        for signal in (session.state_changed, session.run.waiting_changed, session.selection_changed):
            signal.connect(self.refresh)
        session.project_changed.connect(self.refresh)
        session.frame_tracked.connect(self.refresh)
        self.refresh()

    @property
    def texts(self) -> tuple[str, ...]:
        """The words, and one line for each object that waits."""
        return self._words.text(), *(chip.text() for chip in self._chips)

    @property
    def chips(self) -> tuple[QPushButton, ...]:
        """One for each object that waits, in the order in which they have come."""
        return tuple(self._chips)

    @Slot()
    def refresh(self) -> None:
        """Show how things stand now."""
        session = self._session
        targets = session.run.targets
        self.setVisible(targets.are_several)
        meeting = targets.meeting_of(session.selected_track)
        seen = (self._summary(), targets.waiting, session.selected_track, self._looks())
        if not targets.are_several or seen == self._seen:
            return
        self._seen = seen
        self._words.setText(self._summary())
        self._question.setText("" if meeting is None else f"One target since frame {meeting.since_frame}?")
        for widget in self._answers:
            widget.setVisible(meeting is not None)
        self._show_chips(targets.waiting)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @property
    def question(self) -> str:
        """What is asked about the selected object; empty for nothing."""
        return self._question.text()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def _summary(self) -> str:
        targets, project = self._session.run.targets, self._session.project
        there = [each for each in targets.track_ids if project is not None and project.has_track(each)]
        at_end = sum(targets.is_at_end(each) for each in there)
        waiting = len(targets.waiting)
        parts = [counted(len(there), "object")]
        parts += [f"{at_end} done"] if at_end else []
        parts += [f"{waiting} waiting:"] if waiting else ["none waiting"]
        return " · ".join(parts)

    def _looks(self) -> tuple[tuple[str, str], ...]:
        """Name and colour of each that waits."""
        project, current = self._session.project, self._session.current_project
        waiting = (each.track_id for each in self._session.run.targets.waiting)
        known = [each for each in waiting if project is not None and project.has_track(each)]
        return tuple((current.name_of(each), project.track(each).color) for each in known if project is not None)

    def _show_chips(self, waiting: tuple[WaitingTarget, ...]) -> None:
        for chip in self._chips:
            self._row.removeWidget(chip)
            chip.deleteLater()
        self._chips = [self._chip(target) for target in waiting]
        for chip in self._chips:
            self._row.addWidget(chip)
        self._fit()

    def _chip(self, target: WaitingTarget) -> QPushButton:
        project = self._session.project
        chip = QPushButton(self._text(target))
        chip.setIconSize(QSize(SWATCH + SWATCH_EDGE, SWATCH))
        chip.setObjectName("quiet_chip")
        chip.setProperty("chosen", target.track_id == self._session.selected_track)
        chip.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys to the frame
        if project is not None and project.has_track(target.track_id):
            chip.setIcon(swatch(project.track(target.track_id).color))
        key = self._actions["next-waiting"].shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        chip.setToolTip(f"{self._reason(target)}. Click to go there{f', or press {key}' if key else ''}")
        chip.clicked.connect(lambda: self._session.tracking.show_waiting(target))
        return chip

    def _text(self, target: WaitingTarget) -> str:
        name = self._session.current_project.name_of
        pair = "" if target.other_id is None else f" on {name(target.other_id)}"
        return f"{name(target.track_id)}{pair}, frame {target.since_frame}"

    def _reason(self, target: WaitingTarget) -> str:
        name = self._session.current_project.name_of(target.track_id)
        if target.other_id is not None:
            other = self._session.current_project.name_of(target.other_id)
            return f"{name} seems to be on the target of {other} since frame {target.since_frame}"
        if target.is_held:
            return f"{name} waits since you took hold of it"
        return f"{name} is lost since frame {target.since_frame}"

    def _fit(self) -> None:
        """Show as many chips as there is room for, and the others in a menu."""
        widths = [chip.sizeHint().width() + GAP for chip in self._chips]
        answers = [each for each in self._answers if not each.isHidden()]
        room = self.width() - _width_of([self._words, *answers]) - 20 - 2 * GAP
        # Who is meant goes before what is asked, which the answers say as well.
        asks = bool(self.question) and bool(widths) and room - _width_of([self._question]) >= widths[0]
        self._question.setVisible(asks)
        room -= _width_of([self._question]) if asks else 0
        reserve = self._more.fontMetrics().horizontalAdvance("+99 more") + 34
        shown = len(widths)
        if sum(widths) > room:
            shown = 0
            while shown < len(widths) and sum(widths[: shown + 1]) <= room - reserve:
                shown += 1
        for place, chip in enumerate(self._chips):
            chip.setVisible(place < shown)
        menu = self._more.menu()
        menu.clear()
        for chip in self._chips[shown:]:
            menu.addAction(chip.icon(), chip.text()).triggered.connect(chip.click)
        self._more.setText(f"+{len(self._chips) - shown} more")
        self._more.setVisible(shown < len(self._chips))


def _width_of(widgets: Sequence[QWidget]) -> int:
    return sum(widget.sizeHint().width() + 2 * GAP for widget in widgets)


def _answer(action: QAction, words: str) -> QPushButton:
    """A button of the window's command, with fewer words; its tooltip has all of them, and the key."""
    button = QPushButton(words)
    button.setObjectName("quiet_chip")
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.clicked.connect(action.trigger)
    action.changed.connect(lambda: button.setToolTip(action.toolTip()))
    button.setToolTip(action.toolTip())
    return button


def swatch(color: str) -> QIcon:
    """A little square of an object's colour, and room to the right of it."""
    pixmap = QPixmap(SWATCH + SWATCH_EDGE, SWATCH)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(QColor(color))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawRoundedRect(0, 0, SWATCH, SWATCH, 3, 3)
    painter.end()
    return QIcon(pixmap)
