"""The review: what is left to be looked at, ticked off until nothing is."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from dlst_gui.counting import counted
from dlst_gui.project.findings.finding import Findings, Reason
from dlst_gui.project.review import ReviewMark
from dlst_gui.session.reviewing import FindingView, Reviewing
from dlst_gui.session.session import Session
from dlst_gui.views.review.finding_filters import FindingFilters
from dlst_gui.views.review.findings_table import FindingsTable
from dlst_gui.views.style.status_level import StatusLevel, set_status
from dlst_gui.views.style.throttle import Throttle

INTERVAL_MS = 50  # ours: what the eye can follow


class ReviewPanel(QWidget):
    """Lists the open findings of a session; kept up to date while it is seen."""

    def __init__(self, session: Session, reviewing: Reviewing) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)  # a panel, as the others
        self._session = session
        self._reviewing = reviewing
        self.summary = QLabel()
        self.filters = FindingFilters(self.summary)
        self.table = FindingsTable()
        self.summary.setProperty("quiet", True)
        self.summary.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.title, self.words = QLabel(), QLabel()
        self.accept = _button("&Accept", "Accept the boxes of the selected findings")
        self.bad = _button("Mark as &Bad", "Mark the boxes of the selected findings as bad, to be corrected")
        self.accept_object = _button("Accept All of This Object", "")
        self._pages = QStackedWidget()
        self._lay_out()
        self._throttle = Throttle(self, INTERVAL_MS)
        self._throttle.due.connect(self.refresh)
        self._connect()
        self.refresh()

    def _lay_out(self) -> None:
        self.words.setWordWrap(True)
        self.words.setProperty("quiet", True)
        self.title.setObjectName("note")
        page = QWidget()
        column = QVBoxLayout(page)
        column.setSpacing(8)
        column.addStretch(1)
        column.addWidget(self.title, alignment=Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.words)
        column.addStretch(1)
        self.words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._pages.addWidget(self.table)
        self._pages.addWidget(page)
        verdicts = QGridLayout()
        verdicts.setSpacing(6)
        verdicts.addWidget(self.accept, 0, 0)
        verdicts.addWidget(self.bad, 0, 1)
        verdicts.addWidget(self.accept_object, 1, 0, 1, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 6, 10, 6)
        layout.setSpacing(6)
        layout.addWidget(self.filters)
        layout.addWidget(self._pages, stretch=1)
        layout.addLayout(verdicts)

    def _connect(self) -> None:
        for signal in (
            self._reviewing.changed,
            self._session.selection_changed,
            self._session.state_changed,
            self._session.project_changed,
            self._session.project_opened,
        ):
            signal.connect(self._throttle.request)
        self.filters.changed.connect(self._on_filtered)
        self.table.sought.connect(self._reviewing.go_to)
        self.table.ticked.connect(self._on_ticked)
        self.table.selection_changed.connect(self._refresh_buttons)
        self.accept.clicked.connect(lambda: self._mark(ReviewMark.ACCEPTED))
        self.bad.clicked.connect(lambda: self._mark(ReviewMark.BAD))
        self.accept_object.clicked.connect(self._on_accept_object)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._reviewing.findings.set_watched(True)
        self._throttle.request()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._reviewing.findings.set_watched(False)

    @Slot()
    def refresh(self) -> None:
        """Show how things stand now."""
        if not self.isVisible():
            return
        project, counts = self._session.project, self._reviewing.counts()
        tracks = () if project is None else project.tracks()
        self.filters.show_choices(tracks, counts, self._reviewing.view)
        listed = self._reviewing.listed()
        self.table.show_findings(listed, project, self._reviewing.current)
        total = sum(counts.values())
        bad = sum(n for (_, reason), n in counts.items() if reason is Reason.MARKED_BAD)
        looks = "" if self._reviewing.findings.is_current or not total else " · looking …"
        marked = f", {bad:,} bad" if bad else ""
        self.summary.setText(f"{total:,} open{marked}{looks}" if total else "")
        words = f"{counted(total, 'finding')} open, {bad:,} of them marked as bad, to be corrected"
        self.summary.setToolTip(words)
        if not len(listed):
            self._show_none(is_filtered=total > 0, has_tracks=bool(tracks))
        self._pages.setCurrentIndex(0 if len(listed) else 1)
        self._refresh_buttons()

    def _show_none(self, *, is_filtered: bool, has_tracks: bool) -> None:
        if is_filtered:
            title, words = "None of these", "No finding is open of this object and reason: choose others above."
        elif not has_tracks:
            title, words = "Nothing to review yet", "Boxes that are likely wrong are listed here."
        elif not self._reviewing.findings.is_current:
            is_busy = self._session.state.is_busy
            title = "Tracking …" if is_busy else "Looking for frames to review …"
            words = "The list is made when the run pauses." if is_busy else ""
        else:
            title = "Review finished"
            words = (
                "No finding is open. Boxes that raised no suspicion need no look; Accept All accepts them, too."
            )
        is_done = title == "Review finished"
        set_status(self.title, title, StatusLevel.GOOD if is_done else StatusLevel.CALM)
        self.words.setText(words)

    @Slot()
    def _refresh_buttons(self) -> None:
        session = self._session
        rows, can_edit = len(self.table.selected), session.can_edit
        self.accept.setText(f"&Accept {rows:,}" if rows > 1 else "&Accept")
        for button in (self.accept, self.bad):
            button.setEnabled(can_edit and rows > 0)
        project, track_id = session.project, session.selected_track
        is_there = project is not None and track_id is not None and project.has_track(track_id)
        name = f"{project.track(track_id).label} {track_id}" if project and is_there and track_id else ""
        tip = "Accept everything of this object that nobody has judged yet, except what is marked as bad"
        self.accept_object.setText(f"Accept All of {name}" if name else "Accept All of This Object")
        self.accept_object.setToolTip(tip.replace("this object", name or "this object"))
        self.accept_object.setEnabled(can_edit and bool(name))

    def _mark(self, mark: ReviewMark) -> None:
        row, chosen = self.table.first_selected, self.table.selected
        if row is not None and self._reviewing.mark(chosen, mark) and mark is ReviewMark.ACCEPTED:
            self._reviewing.go_on(row)

    @Slot(object)
    def _on_ticked(self, chosen: Findings) -> None:
        if self._session.can_edit:
            self._reviewing.mark(chosen, ReviewMark.ACCEPTED)

    @Slot(object)
    def _on_filtered(self, view: FindingView) -> None:
        self._reviewing.set_view(view)

    @Slot()
    def _on_accept_object(self) -> None:
        track_id = self._session.selected_track
        if track_id is not None:
            self._reviewing.accept_track(track_id)


def _button(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName("verdict")
    button.setToolTip(tip)
    button.setAutoDefault(False)
    return button
