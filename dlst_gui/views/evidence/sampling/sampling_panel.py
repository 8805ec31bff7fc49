"""S_norm and S_comb side by side on the shown frame, counted by overlap, and drawn again by other constants."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from dlst_gui.overlays.palette import HUMAN, LOCALIZED, PREVIOUS, TRACKED, LegendEntry
from dlst_gui.views.evidence.explanations import explain
from dlst_gui.views.evidence.panel_spec import PanelContext
from dlst_gui.views.evidence.sampling.counts_table import CountsTable
from dlst_gui.views.evidence.sampling.draws_view import DrawsView
from dlst_gui.views.evidence.sampling.frame_sampling import FrameSampling
from dlst_gui.views.evidence.sampling.overlap_plot import OverlapPlot, legend_of
from dlst_gui.views.evidence.sampling.what_if_controls import WhatIfControls
from dlst_gui.views.evidence.shown_evidence import Following
from dlst_gui.views.frame.legend import Legend
from dlst_gui.views.style.throttle import Throttle

NAME = "sampling-panel"
NOTHING_DRAWN = "No draws are known here: the tracker has not looked at this frame, or this was not kept."
S_NORM_TIP = "S_norm: all draws around the previous box. Drawn here for comparison; no preset but -nloc uses it."
S_COMB_TIP = "S_comb: half of the draws around the previous box, half around the localised one."
WHAT_IF_MS = 60


class SamplingPanel(QScrollArea):
    """Follows the shown frame while it is seen."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__()
        self._shown, self._session = context.shown, context.session
        self.norm = DrawsView("S_norm", S_NORM_TIP)
        self.comb = DrawsView("S_comb", S_COMB_TIP)
        self.plot = OverlapPlot()
        self.legend = Legend()
        self.cumulative = QCheckBox("Cumulative")
        self.cumulative.setToolTip("Show how many draws reach each overlap, instead of how many lie in each part")
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        explain(self.sentence, "sampling")
        self.counts = CountsTable()
        self.controls = WhatIfControls()
        self._empty = QLabel(NOTHING_DRAWN)
        self._empty.setProperty("quiet", True)
        self._empty.setWordWrap(True)
        self._seed: int | None = None
        self._drawn: tuple[object, ...] = ()
        self._content = QWidget()
        self._lay_out()
        self.setAccessibleName("Sampling")
        self._throttle = Throttle(self, WHAT_IF_MS)
        self._throttle.due.connect(self.refresh)
        self.controls.changed.connect(self._throttle.request)
        self.controls.as_tracked.clicked.connect(self._on_as_tracked)
        self.controls.drawn_again.connect(self._on_drawn_again)
        self.cumulative.toggled.connect(self._throttle.request)
        self._following = Following(self, context.shown, self.refresh, name=NAME)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show the draws of the shown frame."""
        scene, pixels, source = self._shown.scene, self._shown.pixels, self._session.playhead.source
        if source is None:
            self._show_nothing()
            return
        sampled = partial(FrameSampling.of, scene, frame_width=source.width, frame_height=source.height)
        sampling = sampled(seed=self._seed)
        if sampling is None:
            self._show_nothing()
            return
        config = self.controls.config(sampling.redrawing.tracked)
        looks = (id(sampling.seen), scene.reference, id(pixels), config, self._seed, self.cumulative.isChecked())
        if looks == self._drawn:
            return
        self._drawn = looks
        if config != sampling.redrawing.tracked:
            sampling = sampled(config=config, seed=self._seed) or sampling
        self._content.setVisible(True)
        self._empty.setVisible(False)
        self.norm.show_draws(sampling, sampling.normal, pixels)
        self.comb.show_draws(sampling, sampling.combined, pixels)
        is_cumulative = self.cumulative.isChecked()
        self.plot.show_sampling(sampling, is_cumulative=is_cumulative)
        self.legend.set_entries((*_box_entries(sampling), *legend_of(sampling, is_cumulative=is_cumulative)))
        self.sentence.setText(sampling.sentence())
        self.counts.show_rows(sampling.rows())
        self.controls.show_redrawing(sampling.redrawing, is_redrawn=sampling.is_redrawn)

    def _show_nothing(self) -> None:
        self._drawn = ()
        self._content.setVisible(False)
        self._empty.setVisible(True)

    def _lay_out(self) -> None:
        pictures = QHBoxLayout()
        pictures.setSpacing(6)
        pictures.addWidget(self.norm)
        pictures.addWidget(self.comb)
        heading = QHBoxLayout()
        heading.addWidget(_heading("Draws by overlap"))
        heading.addStretch(1)
        heading.addWidget(self.cumulative)
        column = QVBoxLayout(self._content)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(pictures)
        column.addWidget(self.sentence)
        column.addLayout(heading)
        column.addWidget(self.plot)
        column.addWidget(self.legend)
        column.addWidget(self.counts)
        column.addWidget(_heading("What if"))
        column.addWidget(self.controls)
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(12, 10, 12, 12)
        layout.addWidget(self._content)
        layout.addWidget(self._empty)
        layout.addStretch(1)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    @Slot()
    def _on_as_tracked(self) -> None:
        self._seed = None
        self._throttle.request()

    @Slot()
    def _on_drawn_again(self) -> None:
        self._seed = 1 if self._seed is None else self._seed + 1
        self._throttle.request()


def _box_entries(sampling: FrameSampling) -> tuple[LegendEntry, ...]:
    entries = [LegendEntry("Previous box", PREVIOUS)]
    if sampling.seen.localized_box is not None:
        entries.append(LegendEntry("Localised box", LOCALIZED))
    entries.append(LegendEntry("Chosen box", TRACKED))
    if sampling.reference_name != "chosen":
        name = "Ground truth" if sampling.reference_name == "true" else "Manual box"
        entries.append(LegendEntry(f"{name}: the reference", HUMAN))
    return tuple(entries)


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("heading")
    return label
