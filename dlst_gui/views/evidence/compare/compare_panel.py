"""Compare: the what-ifs there are, and two runs of the selected object frame by frame."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from dlst_gui.counting import counted, signed
from dlst_gui.overlays.palette import TRACKED, Stroke, ghost_stroke
from dlst_gui.session.what_ifs import WhatIf
from dlst_gui.views.evidence.compare.curves import RunCurves
from dlst_gui.views.evidence.compare.ghost_row import GhostRow
from dlst_gui.views.evidence.compare.run_table import RunTable, truth_of
from dlst_gui.views.evidence.panel_spec import PanelContext
from dlst_gui.views.style.throttle import Throttle
from dlst_gui.views.style.wheel_passing import WheelPassing
from tracker_core.evidence import PARTED_IOU, Comparison, RunBoxes, compare

REFRESHED_EVERY_MS = 250  # ours: curves that grow need not keep up with the picture
LEAST_LETTERS = 3  # of a run's name, in a narrow panel
REAL = 0  # in place of the number of a what-if
NO_GHOST = (
    "What if the object had been tracked with another preset, seed or constant? What If… tracks it again, "
    "beside its real boxes; nothing changes until you take it."
)
NOT_OF_THIS = "The what-ifs are of other objects. Select one of these, or ask what if of this one."
NOTHING_SHARED = "The two runs share no frame yet."


class ComparePanel(QScrollArea):
    """Changes nothing by itself: what is pressed is done by `WhatIfs`."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__()
        self._session = context.session
        self._what_ifs = context.what_ifs
        self._rows: dict[int, GhostRow] = {}
        self.ask = QPushButton("What If…")
        self.ask.setToolTip("Track the selected object again with other settings, beside its real boxes")
        self.ask.setObjectName("narrow")
        self._choice = QWidget()
        self.first, self.second = QComboBox(), QComboBox()
        WheelPassing(self.first, self.second)
        self.parting = QPushButton()
        self.parting.setObjectName("quiet_chip")
        self.parting.setAccessibleName("Go to the frame where they part")
        self.summary, self.readout = QLabel(), QLabel()
        self.readout.setProperty("quiet", True)
        for label in (self.summary, self.readout):
            label.setWordWrap(True)
        self._empty = QLabel()
        self._empty.setProperty("quiet", True)
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.table, self.curves = RunTable(), RunCurves()
        self._chosen = (REAL, REAL)
        self._row_box = QVBoxLayout()
        self._throttle = Throttle(self, REFRESHED_EVERY_MS)
        self._lay_out()
        self._connect(context)
        self._refresh_rows()
        self.refresh()

    @property
    def rows(self) -> tuple[GhostRow, ...]:
        """Of the what-ifs there are, by number."""
        return tuple(self._rows[number] for number in sorted(self._rows))

    @property
    def comparison(self) -> Comparison | None:
        """What is shown."""
        return self.curves.comparison

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Compare the chosen runs as they are now."""
        ghosts = self._of_selected()
        self._offer_runs(ghosts)
        comparison = self._compared(ghosts)
        has_frames = comparison is not None and len(comparison.frames) > 0
        for widget in (self.table, self.curves, self.summary, self.readout):
            widget.setVisible(has_frames)
        self._empty.setVisible(not has_frames)
        self._empty.setText(self._why_empty(ghosts))
        colors = tuple(_stroke_of(number).color for number in self._chosen)
        self.curves.show_comparison(comparison, (colors[0], colors[1]))
        self.curves.show_frame(self._session.playhead.frame_index)
        parting = None if comparison is None else comparison.parting_frame
        self.parting.setVisible(parting is not None)
        if comparison is None or not has_frames:
            return
        self.summary.setText(
            f"{counted(len(comparison.frames), 'frame')} · mean IoU {comparison.mean_iou:.3f}"
            + (" · they never part" if parting is None else f" · apart on {comparison.parted_count}")
        )
        self.parting.setText(f"They part at frame {parting}")
        names = (self.first.currentText(), self.second.currentText())
        strokes = (_stroke_of(self._chosen[0]), _stroke_of(self._chosen[1]))
        source = self._session.playhead.source
        truth = truth_of(None if source is None else source.ground_truth, comparison.first)
        self.table.show_runs(comparison, names, strokes, truth)
        self._on_frame_pointed(None)

    def _of_selected(self) -> tuple[WhatIf, ...]:
        return self._what_ifs.of_track(self._session.selected_track)

    def _why_empty(self, ghosts: tuple[WhatIf, ...]) -> str:
        if not self._what_ifs.ghosts:
            return NO_GHOST
        return NOTHING_SHARED if ghosts else NOT_OF_THIS

    def _offer_runs(self, ghosts: tuple[WhatIf, ...]) -> None:
        """Real boxes and what-ifs; a choice stays as long as it is there, a new what-if is compared at once."""
        offered = [REAL, *(each.number for each in ghosts)]
        before = {self.second.itemData(i) for i in range(self.second.count())}
        new = [number for number in offered if number not in before and number != REAL]
        first, second = (number if number in offered else REAL for number in self._chosen)
        second = new[-1] if new else second
        if first == second:
            first, second = REAL, offered[-1]
        self._chosen = first, second
        for box, chosen in ((self.first, first), (self.second, second)):
            with QSignalBlocker(box):
                if [box.itemData(i) for i in range(box.count())] != offered:
                    box.clear()
                    for number in offered:
                        box.addItem("Real boxes" if number == REAL else f"What-if {number}", number)
                box.setCurrentIndex(offered.index(chosen))
        self._choice.setVisible(bool(ghosts))

    def _compared(self, ghosts: tuple[WhatIf, ...]) -> Comparison | None:
        chosen = {each.number: each for each in ghosts if each.number in self._chosen}
        if not chosen:
            return None
        first = min(each.ghost.first_frame for each in chosen.values())
        last = max(each.ghost.first_frame + len(each.ghost) - 1 for each in chosen.values())
        return compare(*(self._boxes(number, chosen, first, last) for number in self._chosen))

    def _boxes(self, number: int, chosen: dict[int, WhatIf], first: int, last: int) -> RunBoxes:
        track_id = self._session.selected_track
        if number in chosen:
            return chosen[number].ghost.boxes
        return RunBoxes.empty() if track_id is None else self._what_ifs.real_boxes(track_id, first, last)

    def _lay_out(self) -> None:
        choice = QHBoxLayout(self._choice)
        choice.setContentsMargins(0, 0, 0, 0)
        choice.setSpacing(6)
        choice.addWidget(self.first, stretch=1)
        choice.addWidget(QLabel("and"))
        choice.addWidget(self.second, stretch=1)
        for box in (self.first, self.second):
            box.setMinimumContentsLength(LEAST_LETTERS)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.first.setAccessibleName("One run")
        self.second.setAccessibleName("The other run")
        head = QHBoxLayout()
        head.addWidget(self.ask)
        head.addStretch(1)
        said = QVBoxLayout()
        said.setSpacing(5)
        said.addWidget(self.summary)
        said.addWidget(self.parting, alignment=Qt.AlignmentFlag.AlignLeft)
        self.summary.setToolTip(
            "Frames that both runs have; IoU: how much their boxes overlap, 0 to 1, "
            f"apart where it is below {PARTED_IOU}"
        )
        self.parting.setToolTip(
            f"Go to the first frame on which the boxes overlap by less than {PARTED_IOU}: they mean two places"
        )
        self._row_box.setSpacing(8)
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.setSpacing(9)
        layout.addLayout(head)
        layout.addLayout(self._row_box)
        layout.addWidget(self._choice)
        layout.addLayout(said)
        layout.addWidget(self.table)
        layout.addWidget(self.curves, stretch=1)
        layout.addWidget(self.readout)
        layout.addWidget(self._empty, stretch=1)
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setAccessibleName("Compare")

    def _connect(self, context: PanelContext) -> None:
        session = self._session
        self.ask.clicked.connect(context.ask_what_if)
        self._what_ifs.changed.connect(self._refresh_rows)
        self._what_ifs.advanced.connect(self._on_advanced)
        for signal in (self._what_ifs.changed, session.project_changed, session.selection_changed):
            signal.connect(self._throttle.request)
        self._throttle.due.connect(self._on_refresh_due)
        session.playhead.frame_changed.connect(self._on_frame_changed)
        self.first.currentIndexChanged.connect(self._on_chosen)
        self.second.currentIndexChanged.connect(self._on_chosen)
        self.curves.frame_sought.connect(session.seek)
        self.curves.frame_pointed.connect(self._on_frame_pointed)
        self.parting.clicked.connect(self._on_parting_sought)

    @Slot()
    def _refresh_rows(self) -> None:
        """What each is doing; cheap, also where the panel is not seen."""
        present = {each.number: each for each in self._what_ifs.ghosts}
        for number in [number for number in self._rows if number not in present]:
            self._rows.pop(number).deleteLater()
        for number, what_if in present.items():
            if number not in self._rows:
                self._rows[number] = self._made_row(number)
            name = self._session.current_project.name_of(what_if.ghost.track_id)
            self._rows[number].show_what_if(what_if, name)

    def _made_row(self, number: int) -> GhostRow:
        row = GhostRow(number)
        row.take_asked.connect(lambda asked: self._asked(asked, self._what_ifs.take))
        row.stop_asked.connect(lambda asked: self._asked(asked, self._what_ifs.stop))
        row.discard_asked.connect(lambda asked: self._asked(asked, self._what_ifs.discard))
        self._row_box.insertWidget(sum(other < number for other in self._rows), row)
        return row

    def _asked(self, number: int, do: Callable[[WhatIf], object]) -> None:
        what_if = self._what_ifs.get(number)
        if what_if is not None:
            do(what_if)

    @Slot(object)
    def _on_advanced(self, what_if: WhatIf) -> None:
        name = self._session.current_project.name_of(what_if.ghost.track_id)
        self._rows[what_if.number].show_what_if(what_if, name)
        self._throttle.request()

    @Slot()
    def _on_refresh_due(self) -> None:
        if self.isVisible():
            self.refresh()

    @Slot()
    def _on_frame_changed(self) -> None:
        self.curves.show_frame(self._session.playhead.frame_index)
        if self.isVisible():
            self._on_frame_pointed(None)

    @Slot()
    def _on_chosen(self) -> None:
        first, second = self.first.currentData(), self.second.currentData()
        if first == second:  # the one that was not touched makes room
            others = [self.second.itemData(i) for i in range(self.second.count())]
            other = next(number for number in others if number != first)
            first, second = (first, other) if self.sender() is self.first else (other, second)
        self._chosen = first, second
        self.refresh()

    @Slot()
    def _on_parting_sought(self) -> None:
        comparison = self.comparison
        if comparison is not None and comparison.parting_frame is not None:
            self._session.seek(comparison.parting_frame)

    @Slot(object)
    def _on_frame_pointed(self, at: int | None) -> None:
        """Numbers of the frame under the mouse, else of the shown one."""
        comparison = self.comparison
        if comparison is None:
            return
        if at is None:
            here = self._session.playhead.frame_index
            found = comparison.frames.searchsorted(here)
            at = int(found) if found < len(comparison.frames) and comparison.frames[found] == here else None
        if at is None:
            self.readout.setText("The shown frame is not among those that both have.")
            return
        scores = [_score_text(float(run.scores[at])) for run in (comparison.first, comparison.second)]
        self.readout.setText(
            f"Frame {comparison.frames[at]} · IoU {comparison.iou[at]:.2f} · scores {' and '.join(scores)}"
        )


def _stroke_of(number: int) -> Stroke:
    return TRACKED if number == REAL else ghost_stroke(number)


def _score_text(score: float) -> str:
    if score == float("inf"):
        return "manual"
    return "–" if score != score else signed(score)  # noqa: PLR0124 - NaN
