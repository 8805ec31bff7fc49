"""The panel with the list of videos: a filter, the rows, and all of them in a line."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QSignalBlocker, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from dlst_gui.jobs.job import JobState
from dlst_gui.session.jobs import Jobs
from dlst_gui.views.jobs.job_delegate import JobDelegate
from dlst_gui.views.jobs.job_rows import JOB_ROLE, JobRows
from dlst_gui.views.jobs.job_words import total_words
from dlst_gui.views.style.theme import THEME, Theme

NARROWEST_FIELD = 50  # pixels
LOW = 320  # pixels; what is lower has room for the rows alone
SUMMED_EVERY_MS = 200  # ours: rows arrive faster than one reads
SHOWN_LETTERS, STATE_LIST_WIDTH = 2, 150  # at least of the states; pixels of their list
BUTTON_TEXTS = ("Back", "Done", "Next")  # short: a small window has little room beside the video


class JobPanel(QWidget):
    """Asks to open jobs. A click opens a video, as does Enter.

    Args:
        jobs: the list.
        actions: to go back, to be done with the open video, to go on.
    """

    chosen = Signal(int)  # row of the list

    def __init__(self, jobs: Jobs, actions: tuple[QAction, ...]) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)  # a panel, as the others
        self._jobs = jobs
        self.name = QLineEdit()
        self.name.setPlaceholderText("Filter by name")
        self.name.setClearButtonEnabled(True)
        self.name.setAccessibleName("Filter videos by name")
        self.state = QComboBox()
        self.state.setAccessibleName("Filter videos by state")
        self.state.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.state.setMinimumContentsLength(SHOWN_LETTERS)
        self.state.view().setMinimumWidth(STATE_LIST_WIDTH)
        self.state.addItem("All", None)
        for state in JobState:
            self.state.addItem(state.value.capitalize(), state)
        self.rows = JobRows(jobs, self)
        self._delegate = JobDelegate(self.rows, THEME)
        self.list = QListView()
        self.list.setModel(self.rows)
        self.list.setItemDelegate(self._delegate)
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setAccessibleName("Videos")
        self._empty = QLabel("No video passes this filter.")
        self._empty.setProperty("quiet", True)
        self._empty.setWordWrap(True)
        self._total = QLabel()
        self._total.setProperty("quiet", True)
        self._total.setWordWrap(True)
        self._summing = QTimer(self, singleShot=True, interval=SUMMED_EVERY_MS)
        self._lay_out(actions)
        self._connect()
        self._on_list_changed()

    @property
    def total(self) -> str:
        """All jobs in a line."""
        return self._total.text()

    def show_theme(self, theme: Theme) -> None:
        """Paint the rows in the colours of a theme."""
        self._delegate.show_theme(theme)
        self.list.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102 - Qt's
        super().resizeEvent(event)
        self._total.setVisible(self.height() >= LOW)

    def _lay_out(self, actions: tuple[QAction, ...]) -> None:
        filters = QHBoxLayout()
        filters.setSpacing(4)
        self.name.setMinimumWidth(NARROWEST_FIELD)
        filters.addWidget(self.name, stretch=3)
        filters.addWidget(self.state, stretch=2)
        below = QHBoxLayout()
        below.setSpacing(4)
        for action, text in zip(actions, BUTTON_TEXTS, strict=True):
            below.addWidget(_button(action, text), stretch=1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        layout.addLayout(filters)
        layout.addWidget(self._empty)
        layout.addWidget(self.list, stretch=1)
        layout.addWidget(self._total)
        layout.addLayout(below)

    def _connect(self) -> None:
        self.name.textChanged.connect(self._on_filter_edited)
        self.state.currentIndexChanged.connect(self._on_filter_edited)
        self.name.returnPressed.connect(self.list.setFocus)
        self.list.clicked.connect(self._on_chosen)
        self.list.activated.connect(self._on_chosen)
        self._jobs.changed.connect(self._on_list_changed)
        self._jobs.current_changed.connect(self._show_current)
        self._jobs.rows_changed.connect(self._show_current)
        self._jobs.row_changed.connect(self._on_row_changed)
        self._summing.timeout.connect(self._sum_up)
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.applicationStateChanged.connect(self._on_application_state_changed)

    @Slot(Qt.ApplicationState)
    def _on_application_state_changed(self, state: Qt.ApplicationState) -> None:
        """Whoever comes back from another window may have worked on these videos there."""
        if state is Qt.ApplicationState.ApplicationActive:
            self._jobs.look_again()

    @Slot()
    def _on_filter_edited(self) -> None:
        self._jobs.set_filter(self.state.currentData(), self.name.text().strip())

    @Slot(QModelIndex)
    def _on_chosen(self, index: QModelIndex) -> None:
        row = index.data(JOB_ROLE)
        if row is not None and row != self._jobs.current:
            self.chosen.emit(row)

    @Slot()
    def _on_list_changed(self) -> None:
        for widget in (self.name, self.state):
            with QSignalBlocker(widget):
                widget.clear() if isinstance(widget, QLineEdit) else widget.setCurrentIndex(0)
        self._sum_up()
        self._show_current()

    @Slot()
    def _show_current(self) -> None:
        """Select the open video, and bring it into view."""
        self._empty.setVisible(self.rows.rowCount() == 0 and bool(self._jobs.jobs))
        current = self._jobs.current
        place = QModelIndex() if current is None else self.rows.place_of(current)
        self.list.setCurrentIndex(place)
        if place.isValid():
            self.list.scrollTo(place)

    @Slot(int)
    def _on_row_changed(self, _row: int) -> None:
        if not self._summing.isActive():
            self._summing.start()

    @Slot()
    def _sum_up(self) -> None:
        rows = range(len(self._jobs.jobs))
        self._total.setText(total_words(self._jobs.progress(row) for row in rows) if rows else "")


def _button(action: QAction, text: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName("narrow")
    button.setCheckable(action.isCheckable())

    def follow() -> None:
        button.setEnabled(action.isEnabled())
        button.setToolTip(action.toolTip())
        button.setChecked(action.isChecked())

    follow()
    action.changed.connect(follow)
    button.clicked.connect(action.trigger)
    return button
