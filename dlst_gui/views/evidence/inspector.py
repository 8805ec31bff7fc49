"""What the tracker saw and did on the shown frame, in words and numbers."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from dlst_gui.counting import place_text, signed
from dlst_gui.overlays import FrameScene
from dlst_gui.overlays.boxes import score_text
from dlst_gui.overlays.candidate_looks import ORIGIN_LOOKS
from dlst_gui.project.tracks import ShownKind, Visibility
from dlst_gui.views.evidence.card.card_view import CardView
from dlst_gui.views.evidence.explanations import EXPLANATIONS, SCORE, explain
from dlst_gui.views.evidence.height_ratchet import HeightRatchet
from dlst_gui.views.evidence.response_view import ResponseView
from dlst_gui.views.frame.legend import Legend
from dlst_gui.views.style.status_level import StatusLevel, set_status
from tracker_core import Box, CandidateOrigin, Candidates, Diagnostics, UpdateKind, UpdateReport

BEST_SHOWN = 5
ROWS = ("Chosen", "Learned", "Loss", "Localised", "Peak", "Matched", "Guided", "Time")
BEST_COLUMNS = ("score", "origin", "centre", "size")
"""Names of their explanations, too."""
HEAD_HEIGHT = 38  # pixels: that of a score
ROW_HEIGHT = 21  # pixels
HUMAN_FRAME = "Manual box: the tracker learns from it instead of searching on this frame."
OUTSIDE_FRAME = "Marked as outside on this frame."


class Inspector(QScrollArea):
    """Reads one `FrameScene`; changes nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.card = CardView()
        self._score = QLabel()
        self._score.setObjectName("score")
        self._verdict = QLabel()
        self._verdict.setObjectName("chip")
        self._box = QLabel()
        self._system = QLabel()
        self._system.setProperty("quiet", True)
        self._chosen = QLabel()
        self._update = QLabel()
        self._losses = QLabel()
        self._offset = QLabel()
        self._peak = QLabel()
        self._matched = QLabel()
        self._guided = QLabel()
        self._time = QLabel()
        self._note = QLabel()
        self._note.setProperty("quiet", True)
        self._response = ResponseView()
        self.legend = Legend()
        self._decimals = 1
        self._scene: FrameScene | None = None
        self._table = _candidate_table()
        for label in (
            self._box,
            self._system,
            self._chosen,
            self._update,
            self._losses,
            self._offset,
            self._matched,
            self._guided,
            self._time,
            self._note,
        ):
            label.setWordWrap(True)
        self._explain_numbers()
        content = QWidget()
        self._fill(QVBoxLayout(content))
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._ratchet = HeightRatchet((self.card, self._box, self._system, *self._values(), self.legend))
        self.setAccessibleName("Inspector")
        self.show_scene(FrameScene(0))

    @property
    def note(self) -> str:
        """Why there is nothing to explain; empty where there is."""
        return self._note.text()

    def set_decimals(self, decimals: int) -> None:
        """Decimal places of the box's numbers."""
        self._decimals = decimals
        if self._scene is not None:
            self.show_scene(self._scene)

    def set_legend_visible(self, is_visible: bool) -> None:
        """Show or hide what the lines and marks on the frame mean."""
        self.legend.set_wanted(is_visible)

    def show_scene(self, scene: FrameScene, *, is_moving: bool = False) -> None:
        """Explain the scene as far as it is known; while frames go by, nothing moves up again."""
        self._scene = scene
        self._ratchet.hold(is_moving)
        self._show_verdict(scene)
        seen = scene.diagnostics
        keeps_details = is_moving and not self._details.isHidden()
        self._note.setText("" if seen is not None else self._missing_text(scene))
        self._note.setVisible(seen is None and not keeps_details)
        self._details.setVisible(seen is not None or keeps_details)
        self._response.show_diagnostics(seen)
        if seen is not None:
            self._show_diagnostics(seen)
        elif keeps_details:
            self._show_no_diagnostics()

    def _fill(self, layout: QVBoxLayout) -> None:
        layout.setContentsMargins(12, 10, 12, 12)
        layout.addWidget(self.card)
        head = QWidget()
        head.setMinimumHeight(HEAD_HEIGHT)
        headline = QHBoxLayout(head)
        headline.setContentsMargins(0, 0, 0, 0)
        headline.addWidget(self._score)
        headline.addWidget(self._verdict)
        headline.addStretch(1)
        layout.addWidget(head)
        layout.addWidget(self._box)
        layout.addWidget(self._system)
        layout.addWidget(self.legend)
        layout.addWidget(self._note)
        self._details = QWidget()
        details = QVBoxLayout(self._details)
        details.setContentsMargins(0, 0, 0, 0)
        form = QFormLayout()
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        form.setVerticalSpacing(5)
        for name, value in zip(ROWS, self._values(), strict=True):
            label = QLabel(name)
            label.setProperty("quiet", True)
            explain(label, name.lower())
            form.addRow(label, value)
        details.addLayout(form)
        for heading, widget in (("Response map", self._response), ("Best candidates by score", self._table)):
            label = QLabel(heading)
            label.setObjectName("heading")
            details.addWidget(label)
            details.addWidget(widget)
        layout.addWidget(self._details)
        layout.addStretch(1)

    def _show_verdict(self, scene: FrameScene) -> None:
        box, kind, prediction = scene.box, scene.kind, scene.prediction
        self._box.setText("" if box is None else box_text(box, self._decimals))
        self._box.setVisible(box is not None or self._ratchet.is_holding)
        self._system.setText(scene.system)
        self._system.setVisible(bool(scene.system) or self._ratchet.is_holding)
        self._verdict.setVisible(box is not None)
        is_tracked = kind is ShownKind.TRACKED and prediction is not None
        self._score.setVisible(is_tracked)
        if is_tracked and prediction is not None:
            share = None if scene.track is None else scene.track.wrong_share
            self._score.setText(score_text(prediction.score, share))
            explain(
                self._score, "frame-score" if share is None else "risk", more=_score_tip(prediction.score, share)
            )
        visibility = Visibility.VISIBLE if scene.track is None else scene.track.shown.visibility
        if visibility is not Visibility.VISIBLE:
            set_status(self._verdict, visibility.value, StatusLevel.CALM)
        elif kind is ShownKind.HUMAN:
            set_status(self._verdict, "manual box", StatusLevel.CALM)
        elif kind is ShownKind.INTERPOLATED:
            set_status(self._verdict, "interpolated", StatusLevel.CALM)
        elif prediction is not None and prediction.is_unsure:
            set_status(self._verdict, "unsure", StatusLevel.WARNING)
        elif prediction is not None and prediction.is_found:
            set_status(self._verdict, "found", StatusLevel.GOOD)
        else:
            set_status(self._verdict, "lost", StatusLevel.WARNING)

    def _missing_text(self, scene: FrameScene) -> str:
        if scene.is_outside:
            return OUTSIDE_FRAME
        if scene.prediction is not None:
            return scene.why_missing
        return HUMAN_FRAME if scene.kind is ShownKind.HUMAN else "No box on this frame yet."

    def _values(self) -> tuple[QLabel, ...]:
        """In the order of `ROWS`."""
        return (
            self._chosen,
            self._update,
            self._losses,
            self._offset,
            self._peak,
            self._matched,
            self._guided,
            self._time,
        )

    def _explain_numbers(self) -> None:
        for name, label in zip(ROWS, self._values(), strict=True):
            explain(label, name.lower())
        for label, name in ((self._box, "box"), (self._system, "system"), (self._score, "frame-score")):
            explain(label, name)
        explain(self._response, "response")

    def _show_no_diagnostics(self) -> None:
        for label in self._values():
            label.setText("–")
        self._table.clearContents()

    def _show_diagnostics(self, seen: Diagnostics) -> None:
        self._chosen.setText(chosen_text(seen))
        self._update.setText("nothing" if seen.update.kind is UpdateKind.NONE else seen.update.kind.value)
        self._losses.setText(losses_text(seen.update))
        self._offset.setText(offset_text(seen))
        self._peak.setText(peak_text(seen))
        self._matched.setText(matched_text(seen))
        self._guided.setText(guided_text(seen))
        self._time.setText(f"{sum(ms for _, ms in seen.stage_ms):.0f} ms" if seen.stage_ms else "–")
        explain(self._time, "time", more="\n".join(f"{name}: {ms:.1f} ms" for name, ms in seen.stage_ms))
        _show_best(self._table, seen.candidates)


def box_text(box: Box, decimals: int = 1) -> str:
    """Corner and size in pixels."""
    x, y, width, height = (f"{number:.{decimals}f}" for number in (box.x, box.y, box.width, box.height))
    return f"x {x}   y {y}   {width} × {height} px".replace("-", "−")


def chosen_text(seen: Diagnostics) -> str:
    """Which candidates the chosen box was made of."""
    candidates, proposals = seen.candidates, seen.proposals
    if proposals is None or not len(proposals.rows):
        return f"mean of the best {len(candidates.best)}" if len(candidates.best) else "–"
    row = proposals.chosen_row
    rank = int(np.flatnonzero(candidates.ranked() == row)[0]) + 1
    origin = ORIGIN_LOOKS[CandidateOrigin(int(candidates.origins[row]))].name
    return f"{origin}, score {signed(float(candidates.scores[row]))}, rank {rank}"


def losses_text(update: UpdateReport) -> str:
    """First and last loss of each head; a line for one that was not trained too, so that nothing below jumps."""
    heads = (("classifier", update.classifier_losses), ("localiser", update.localizer_losses))
    return "\n".join(
        f"{name} {losses[0]:.3f} → {losses[-1]:.3f}" if losses else f"{name} –" for name, losses in heads
    )


def offset_text(seen: Diagnostics) -> str:
    """How far from the previous centre the localiser proposes the target."""
    if seen.search_region is None:
        return "no localiser in this preset"
    if seen.localized_box is None:
        return "no proposal"
    (x, y), (previous_x, previous_y) = seen.localized_box.center, seen.previous_box.center
    return f"{signed(x - previous_x, 1)}, {signed(y - previous_y, 1)} px from previous"


def peak_text(seen: Diagnostics) -> str:
    """Where and how strong the response is at its largest."""
    if seen.response_map is None:
        return "–"
    x, y = seen.response_map.peak
    return f"{signed(float(seen.response_map.values.max()))} at {place_text(x, y, 1)}"


def matched_text(seen: Diagnostics) -> str:
    """The confidence of the matching head, and whether its best box is not the chosen one."""
    if seen.matched_box is None:
        return "no matching head in this preset"
    confidence = f"confidence {seen.matched_confidence:.2f}"
    return f"{confidence}, differs from the chosen box" if seen.has_rivals else confidence


def guided_text(seen: Diagnostics) -> str:
    """The guide's own box, how sure it is, and how far it is believed."""
    if seen.guided_box is None:
        return "no guide"
    return f"{box_text(seen.guided_box)}\nconfidence {seen.guided_confidence:.2f}, {trust_text(seen.guide_trust)}"


def trust_text(trust: float) -> str:
    """How far a guide is believed, in words; corrections halve and double it."""
    if trust >= 1:
        return "believed fully"
    shares = {1: "a half", 2: "a quarter", 3: "an eighth"}
    halvings = min(max(1, round(-math.log2(trust))), max(shares)) if trust > 0 else max(shares)
    return f"believed by {shares[halvings]}"


def _candidate_table() -> QTableWidget:
    table = QTableWidget(BEST_SHOWN, len(BEST_COLUMNS))
    for column, name in enumerate(BEST_COLUMNS):
        header = QTableWidgetItem(name)
        header.setToolTip(EXPLANATIONS[name])
        header.setData(Qt.ItemDataRole.AccessibleDescriptionRole, EXPLANATIONS[name])
        table.setHorizontalHeaderItem(column, header)
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
    table.verticalHeader().hide()
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
    table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    table.setShowGrid(False)
    table.setFixedHeight(ROW_HEIGHT * BEST_SHOWN + 28)
    table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    table.setAccessibleName("Best candidates by score")
    return table


def _score_tip(score: float, wrong_share: float | None) -> str:
    bare = f"The score is {signed(score)}."
    return bare if wrong_share is None else f"{bare} {SCORE}"


def _show_best(table: QTableWidget, candidates: Candidates) -> None:
    best = candidates.ranked()[:BEST_SHOWN].tolist()
    table.clearContents()
    for row, index in enumerate(best):
        box = Box.from_xywh(candidates.boxes_xywh[index])
        origin = CandidateOrigin(int(candidates.origins[index]))
        center_x, center_y = box.center
        texts = (
            signed(float(candidates.scores[index])),
            ORIGIN_LOOKS[origin].name,
            place_text(center_x, center_y),
            f"{box.width:.0f} × {box.height:.0f}",
        )
        for column, text in enumerate(texts):
            item = QTableWidgetItem(text)
            item.setToolTip(EXPLANATIONS[BEST_COLUMNS[column]])
            table.setItem(row, column, item)
