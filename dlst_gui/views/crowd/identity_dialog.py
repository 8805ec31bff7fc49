"""Asks with which object the selected one is swapped or merged, and shows what becomes of both beforehand."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from dlst_gui.counting import counted
from dlst_gui.project.edit_parts import EditError
from dlst_gui.project.identity_outcome import IdentityOutcome, merge_outcome, swap_outcome
from dlst_gui.session.identities import Identities
from dlst_gui.session.session import Session
from dlst_gui.views.crowd.crowd_bar import swatch
from dlst_gui.views.crowd.identity_picture import NamedBox, OutcomeLanes, PairPicture
from dlst_gui.views.window.fitting_size import fitting_size

WIDTH = 520


class Change(Enum):
    """What is asked for."""

    SWAP = "Swap"
    MERGE = "Merge"


class IdentityDialog(QDialog):
    """Two objects that a run tracks wait as long as it is open."""

    def __init__(self, session: Session, identities: Identities, change: Change, parent: QWidget) -> None:
        super().__init__(parent)
        assert session.selected_track is not None
        self._session = session
        self._identities = identities
        self._change = change
        self._own = session.selected_track
        self._frame = session.playhead.frame_index
        self._held: set[int] = set()
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"Swap From Frame {self._frame}" if change is Change.SWAP else "Merge Objects")
        self.others = QComboBox()
        self.others.setAccessibleName("The other object")
        self.picture = PairPicture()
        self.lanes = OutcomeLanes()
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setObjectName("note")
        self.take = QPushButton(change.value)
        self.take.setObjectName("primary")
        self.take.setDefault(True)
        self._lay_out()
        self._list_others()
        self.others.currentIndexChanged.connect(self._refresh)
        self.take.clicked.connect(self._on_take)
        self.finished.connect(self._on_finished)
        session.run.waiting_changed.connect(self._refresh_button)
        session.state_changed.connect(self._refresh_button)
        self._hold(self._own)
        self._refresh()
        best = self.sizeHint()
        self.resize(fitting_size(self, best.width(), best.height()))

    @property
    def other(self) -> int:
        """The track that is chosen."""
        return int(self.others.currentData())

    def _lay_out(self) -> None:
        own = QLabel(self._session.current_project.name_of(self._own))
        mark = QLabel()
        project = self._session.project
        if project is not None:
            mark.setPixmap(swatch(project.track(self._own).color).pixmap(14, 10))
        row = QHBoxLayout()
        row.addWidget(mark)
        row.addWidget(own)
        row.addWidget(QLabel("with" if self._change is Change.SWAP else "takes in"))
        row.addWidget(self.others, stretch=1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton(self.take, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        buttons.button(QDialogButtonBox.StandardButton.Cancel).setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(11)
        layout.addLayout(row)
        layout.addWidget(self.picture)
        layout.addWidget(self.lanes)
        layout.addWidget(self.words)
        layout.addWidget(buttons)
        self.setMinimumWidth(WIDTH)

    def _list_others(self) -> None:
        """Those that share the frame first, as they are meant most often; the suspected one before them."""
        project, suspected = self._session.project, self._identities.suspected_other
        tracks = () if project is None else tuple(t for t in project.tracks() if t.track_id != self._own)
        here = {t.track_id for t in tracks if self._session.selection.shown(t.track_id, self._frame) is not None}
        for track in sorted(tracks, key=lambda t: (t.track_id != suspected, t.track_id not in here)):
            name = self._session.current_project.name_of(track.track_id)
            self.others.addItem(swatch(track.color), name, track.track_id)

    def _hold(self, track_id: int) -> None:
        if self._identities.hold(track_id):
            self._held.add(track_id)

    @Slot()
    def _refresh(self) -> None:
        project, other = self._session.project, self.other
        for each in self._held - {self._own, other}:
            self._identities.release(each)
        self._held &= {self._own, other}
        self._hold(other)
        if project is None or not (project.has_track(self._own) and project.has_track(other)):
            self.reject()
            return
        self._show_picture(other)
        try:
            outcome = self._outcome(other)
        except EditError as error:
            self.words.setText(str(error))
            self.take.setEnabled(False)
            return
        pair = (self._own, other)
        self.lanes.show_outcome(
            outcome.before,
            outcome.after,
            names={each: self._session.current_project.name_of(each) for each in pair},
            colors={each: project.track(each).color for each in pair},
            frame_index=self._frame,
        )
        self.words.setText(self._consequence(outcome))
        self._refresh_button()

    @Slot()
    def _refresh_button(self) -> None:
        self.take.setEnabled(self._identities.are_free(self._own, self.other))

    def _outcome(self, other: int) -> IdentityOutcome:
        project, last = self._session.project, self._session.playhead.last_frame
        assert project is not None
        self._session.run.write()  # what a run has found counts too
        if self._change is Change.SWAP:
            return swap_outcome(project, self._own, other, self._frame, last=last)
        return merge_outcome(project, self._own, other, last=last)

    def _show_picture(self, other: int) -> None:
        project, decoded = self._session.project, self._session.playhead.decoded
        boxes = []
        for each in (self._own, other):
            shown = self._session.selection.shown(each, self._frame)
            if shown is not None and project is not None:
                name = self._session.current_project.name_of(each)
                boxes.append(NamedBox(name, project.track(each).color, shown.box))
        is_here = decoded is not None and decoded.frame_index == self._frame
        self.picture.show_boxes(decoded.pixels if decoded is not None and is_here else None, boxes)

    def _consequence(self, outcome: IdentityOutcome) -> str:
        own, other = (self._session.current_project.name_of(each.track_id) for each in outcome.before)
        if self._change is Change.SWAP:
            rows = zip(outcome.after, (self.other, self._own), strict=True)
            gains, loses = (counted(row.count_from(origin), "box", "boxes") for row, origin in rows)
            return (
                f"From frame {self._frame} on, {own} takes {gains} of {other}, and {other} takes {loses} of {own}."
                " Earlier frames, names and colours stay."
            )
        gains = counted(outcome.after[0].count_from(self.other), "box", "boxes")
        words = f"{other} goes; {own} takes {gains} of it."
        if outcome.doubled:
            both = counted(outcome.doubled, "frame")
            words += f" On {both} both have one: a manual box is kept before a tracked one, else that of {own}."
        return words

    @Slot()
    def _on_take(self) -> None:
        if self._change is Change.SWAP:
            is_done = self._identities.swap(self._own, self.other, self._frame)
        else:
            is_done = self._identities.merge(self._own, self.other)
        if is_done:
            self._held.clear()  # they go on, perhaps under other names
            self.accept()

    @Slot()
    def _on_finished(self) -> None:
        for each in self._held:
            self._identities.release(each)
