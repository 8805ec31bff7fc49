"""All candidates of the shown frame in a table: rows light up in the picture, and places in it select rows."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from dlst_gui.overlays import Marks
from dlst_gui.overlays.candidate_looks import ORIGIN_LOOKS
from dlst_gui.overlays.layers_item import Dots, Layer, Outline, boxes_path, centers
from dlst_gui.overlays.palette import LegendEntry, Stroke
from dlst_gui.views.evidence.candidates.candidates_table import CandidatesTable
from dlst_gui.views.evidence.candidates.listed_candidates import CandidateFilter, ListedCandidates
from dlst_gui.views.evidence.explanations import explain
from dlst_gui.views.evidence.mark_icons import mark_icon
from dlst_gui.views.evidence.panel_spec import PanelContext
from dlst_gui.views.evidence.shown_evidence import Following, PicturePlace
from tracker_core import Box, CandidateOrigin, Candidates

NAME = "candidates-panel"
NO_CANDIDATES = "No candidates are known here: the tracker has not looked at this frame, or this was not kept."
REACH = 8.0  # screen pixels from the mouse to a candidate's middle
LARGE_DOT = 9.0  # screen pixels
MOST_OUTLINES = 60  # of selected rows; more would be mud
SELECTED = Stroke("#ffffff", 2.0)
HOVERED = Stroke("#ffffff", 2.0, Qt.PenStyle.DashLine)


class CandidatesPanel(QWidget):
    """Follows the shown frame while it is seen."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__()
        self._shown = context.shown
        self.table = CandidatesTable()
        self.origin = QComboBox()
        self.origin.setAccessibleName("Origin")
        self.origin.setToolTip("List the candidates of one origin only")
        self.above_zero = QCheckBox("Score > 0")
        self.above_zero.setToolTip("List only candidates that the classifier takes for the target")
        self.count = QLabel()
        self.count.setProperty("quiet", True)
        explain(self.count, "count")
        self.copy_button = QPushButton("Copy")
        self.copy_button.setObjectName("verdict")
        self.copy_button.setAutoDefault(False)
        self.copy_button.setToolTip("Copy the selected rows, or all that are listed, as CSV (Ctrl+C in the table)")
        self._empty = QLabel(NO_CANDIDATES)
        self._empty.setProperty("quiet", True)
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lay_out()
        self.setAccessibleName("Candidates")
        self._fill_origins()
        self._connect()
        self._following = Following(self, context.shown, self.refresh, name=NAME)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """List the candidates of the shown frame, unless they are listed."""
        scene = self._shown.scene
        evidence, seen, listed = scene.evidence, scene.diagnostics, self.table.listed
        if evidence is None or seen is None:
            self.table.show_candidates(None)
        elif listed is None or listed.candidates is not seen.candidates or listed.reference != scene.reference:
            self.table.show_candidates(ListedCandidates.of(evidence, seen, scene.reference))
        has_any = seen is not None and len(seen.candidates.scores) > 0
        self.table.setVisible(has_any)
        self._empty.setText(scene.why_missing or NO_CANDIDATES)
        self._empty.setVisible(not has_any)
        for widget in (self.origin, self.above_zero, self.copy_button):
            widget.setEnabled(has_any)
        self._refresh_count()
        self._mark()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: D102 - Qt's
        super().showEvent(event)
        self._shown.listen(NAME, True)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: D102 - Qt's
        super().hideEvent(event)
        self._shown.listen(NAME, False)

    def _lay_out(self) -> None:
        filters, below = QHBoxLayout(), QHBoxLayout()
        filters.addWidget(self.origin, stretch=1)
        filters.addWidget(self.above_zero)
        below.addWidget(self.count, stretch=1)
        below.addWidget(self.copy_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 6)
        layout.setSpacing(6)
        layout.addLayout(filters)
        layout.addWidget(self.table, stretch=1)
        layout.addWidget(self._empty, stretch=1)
        layout.addLayout(below)

    def _fill_origins(self) -> None:
        self.origin.addItem("All origins", None)
        for origin, look in ORIGIN_LOOKS.items():
            self.origin.addItem(mark_icon(look.mark, look.color), look.name.capitalize(), origin)

    def _connect(self) -> None:
        self.origin.currentIndexChanged.connect(self._on_filtered)
        self.above_zero.toggled.connect(self._on_filtered)
        self.copy_button.clicked.connect(self.table.copy)
        self.table.chosen_changed.connect(self._on_chosen)
        self.table.hovered_changed.connect(self._mark)
        self.table.place_sought.connect(self._on_place_sought)
        self._shown.place_hovered.connect(self._on_place_hovered)
        self._shown.place_clicked.connect(self._on_place_clicked)

    @Slot()
    def _on_filtered(self) -> None:
        origin = self.origin.currentData()
        wanted = None if origin is None else CandidateOrigin(origin)
        self.table.set_filter(CandidateFilter(wanted, self.above_zero.isChecked()))
        self._refresh_count()

    @Slot()
    def _on_chosen(self) -> None:
        self._refresh_count()
        self._mark()

    @Slot(int)
    def _on_place_sought(self, row: int) -> None:
        if self.table.listed is not None:
            self._shown.show_area(Box.from_xywh(self.table.listed.candidates.boxes_xywh[row]))

    @Slot(object)
    def _on_place_hovered(self, place: PicturePlace | None) -> None:
        if self.isVisible():
            self.table.set_hovered(None if place is None else self._row_at(place))

    @Slot(object, bool)
    def _on_place_clicked(self, place: PicturePlace, adds: bool) -> None:
        row = self._row_at(place) if self.isVisible() else None
        if row is not None:
            self.table.choose([row], adds=adds)

    def _row_at(self, place: PicturePlace) -> int | None:
        listed = self.table.listed
        if listed is None:
            return None
        return listed.row_at(place.x, place.y, within=REACH * place.pixel, among=self.table.rows)

    def _refresh_count(self) -> None:
        listed = self.table.listed
        total = 0 if listed is None else len(listed.ranks)
        chosen = len(self.table.chosen)
        words = f"{len(self.table.rows):,} of {total:,}" if total else ""
        self.count.setText(f"{words} · {chosen:,} selected" if chosen else words)

    @Slot()
    def _mark(self) -> None:
        """Outline what is selected and what is under the mouse, with large dots."""
        listed, hovered = self.table.listed, self.table.hovered
        chosen = tuple(row for row in self.table.chosen if row != hovered)
        if listed is None or not self.isVisible() or not (chosen or hovered is not None):
            self._shown.set_marks(NAME, None)
            return
        candidates = listed.candidates
        layers = [layer for row in chosen for layer in _marks_of(candidates, row, SELECTED)]
        if len(chosen) > MOST_OUTLINES:
            layers = [layer for layer in layers if isinstance(layer, Dots)]
        legend: tuple[LegendEntry, ...] = (LegendEntry("Selected candidates", SELECTED),) if chosen else ()
        if hovered is not None:
            layers += _marks_of(candidates, hovered, HOVERED)
            legend += (LegendEntry("Candidate under the mouse", HOVERED),)
        self._shown.set_marks(NAME, Marks(tuple(layers), legend))


def _marks_of(candidates: Candidates, row: int, stroke: Stroke) -> list[Layer]:
    box = candidates.boxes_xywh[np.array([row])]
    look = ORIGIN_LOOKS[CandidateOrigin(int(candidates.origins[row]))]
    outline = Outline(boxes_path(box), Stroke(look.color, stroke.width, stroke.style))
    return [outline, Dots(centers(box), look.color, LARGE_DOT, look.mark)]
