"""Constants of sampling to try: how many draws, how far, how large, around what."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from dlst_gui.views.frame_bar.number_field import NumberField
from tracker_core import CandidateConfig
from tracker_core.evidence import Redrawing

MOST_DRAWS = 4096
SLIDER_STEPS = 20  # per unit
FARTHEST, LARGEST_EXPONENT = 3.0, 10.0
_MODES = (("both", "previous and proposed"), ("previous", "previous only"), ("localized", "proposed only"))


class WhatIfControls(QWidget):
    """Starts from what the tracker drew by; a change stays until *As Tracked*, also on other frames."""

    changed = Signal()
    drawn_again = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tracked = CandidateConfig()
        self._changes: dict[str, object] = {}
        self.count = NumberField()
        self.count.setRange(2, MOST_DRAWS)
        self.count.setAccessibleName("Draws")
        self.translation = _slider("Spread", FARTHEST)
        self.exponent = _slider("Sizes", LARGEST_EXPONENT)
        self.mode = QComboBox()
        self.mode.setAccessibleName("Centres")
        for mode, text in _MODES:
            self.mode.addItem(text, mode)
        self._spread_text, self._exponent_text = QLabel(), QLabel()
        self.as_tracked = QPushButton("As &Tracked")
        self.as_tracked.setToolTip("Show what the tracker drew, by its own constants")
        self.again = QPushButton("Draw A&gain")
        self.again.setToolTip("Draw both sets with another seed: how much is chance")
        for button in (self.as_tracked, self.again):
            button.setAutoDefault(False)
            button.setObjectName("verdict")
        self._lay_out()
        self._connect()

    def config(self, tracked: CandidateConfig) -> CandidateConfig:
        """The tracker's constants with the changes."""
        count = int(self._changes.get("count", tracked.count))  # type: ignore[call-overload]
        return replace(tracked, **self._changes, top_k=min(tracked.top_k, count))  # type: ignore[arg-type]

    def show_redrawing(self, redrawing: Redrawing, *, is_redrawn: bool) -> None:
        """Stand where the constants are, and tell what they mean on this frame."""
        self._tracked = redrawing.tracked
        config = self.config(redrawing.tracked)
        for widget in (self.count, self.translation, self.exponent, self.mode):
            widget.blockSignals(True)
        self.count.setValue(config.count)
        self.translation.setValue(round(config.translation_factor * SLIDER_STEPS))
        self.exponent.setValue(round(config.scale_exponent * SLIDER_STEPS))
        self.mode.setCurrentIndex(self.mode.findData(config.mode))
        for widget in (self.count, self.translation, self.exponent, self.mode):
            widget.blockSignals(False)
        self._spread_text.setText(f"{config.translation_factor:.2f} sides, σ {redrawing.sigma_px(config):.1f} px")
        sizes = redrawing.sampler.config.scale_step**config.scale_exponent
        self._exponent_text.setText(f"{config.scale_exponent:.1f}: up to ±{100 * (sizes - 1):.0f} %")
        self.as_tracked.setEnabled(is_redrawn)

    def _lay_out(self) -> None:
        rows = QGridLayout()
        rows.setVerticalSpacing(6)
        rows.setColumnStretch(1, 1)
        named = (
            ("Draws", "How many boxes are drawn (candidates.count)", self.count, None),
            (
                "Spread",
                "How far from a box's centre draws lie, in multiples of its mean side; half of it is the standard"
                " deviation σ (candidates.translation_factor)",
                self.translation,
                self._spread_text,
            ),
            (
                "Sizes",
                "How far sizes differ, as a power of 1.05 (candidates.scale_exponent)",
                self.exponent,
                self._exponent_text,
            ),
            ("Centres", "Around which boxes S_comb draws (candidates.mode)", self.mode, None),
        )
        for row, (name, tip, field, text) in enumerate(named):
            label = QLabel(name)
            label.setProperty("quiet", True)
            for widget in (label, field, *(() if text is None else (text,))):
                widget.setToolTip(tip)
                widget.setAccessibleDescription(tip)
            rows.addWidget(label, 2 * row, 0)
            rows.addWidget(field, 2 * row, 1)
            if text is not None:
                text.setProperty("quiet", True)
                rows.addWidget(text, 2 * row + 1, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.as_tracked)
        buttons.addWidget(self.again)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(rows)
        layout.addLayout(buttons)

    def _connect(self) -> None:
        self.count.valueChanged.connect(self._on_count)
        self.translation.valueChanged.connect(self._on_translation)
        self.exponent.valueChanged.connect(self._on_exponent)
        self.mode.activated.connect(self._on_mode)
        self.as_tracked.clicked.connect(self.reset)
        self.again.clicked.connect(self.drawn_again)

    @Slot()
    def reset(self) -> None:
        """Go back to what the tracker drew by."""
        self._changes = {}
        self.changed.emit()

    def _change(self, name: str, value: object) -> None:
        if value == getattr(self._tracked, name):
            self._changes.pop(name, None)
        else:
            self._changes[name] = value
        self.changed.emit()

    @Slot(int)
    def _on_count(self, count: int) -> None:
        self._change("count", count)

    @Slot(int)
    def _on_translation(self, steps: int) -> None:
        self._change("translation_factor", steps / SLIDER_STEPS)

    @Slot(int)
    def _on_exponent(self, steps: int) -> None:
        self._change("scale_exponent", steps / SLIDER_STEPS)

    @Slot(int)
    def _on_mode(self, index: int) -> None:
        self._change("mode", self.mode.itemData(index))


def _slider(name: str, largest: float) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(1, round(largest * SLIDER_STEPS))
    slider.setPageStep(SLIDER_STEPS // 4)
    slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # else arrow keys would be the slider's after a click
    slider.setAccessibleName(name)
    return slider
