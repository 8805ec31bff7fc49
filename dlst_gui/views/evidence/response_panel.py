"""The response map large: axes in image pixels, what its colours are worth, and the value under the mouse."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from dlst_gui.counting import place_text, signed
from dlst_gui.overlays import ResponseLook
from dlst_gui.overlays.response_look import response_peaks
from dlst_gui.views.evidence.explanations import EXPLANATIONS, explain
from dlst_gui.views.evidence.panel_spec import PanelContext
from dlst_gui.views.evidence.response_plot import ResponsePlot
from dlst_gui.views.evidence.shown_evidence import Following
from dlst_gui.views.evidence.value_scale import ValueScale
from tracker_core import Diagnostics

OPACITY_WIDTH = 90  # screen pixels
NO_RESPONSE = "No response map here: the tracker has not looked at this frame, or its preset has no localiser."


class ResponsePanel(QWidget):
    """Follows the shown frame."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__()
        self._shown = context.shown
        self.plot = ResponsePlot()
        self.scale = ValueScale()
        self.readout = QLabel()
        self.readout.setProperty("quiet", True)
        explain(self.readout, "response", more=EXPLANATIONS["cells"])
        self.contours = QCheckBox("Contours")
        self.contours.setToolTip("Draw lines of equal log-odds instead of colours; the thick one is at 0")
        self.smooth = QCheckBox("Interpolated")
        self.smooth.setToolTip("Read between the cells; without it, each cell is drawn as the tracker computed it")
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(10, 100)
        self.opacity.setValue(round(100 * context.shown.response_look.opacity))
        self.opacity.setMaximumWidth(OPACITY_WIDTH)
        self.opacity.setToolTip("How opaque the response is over the picture")
        self.opacity.setAccessibleName("Opacity over the picture")
        self._empty = QLabel(NO_RESPONSE)
        self._empty.setProperty("quiet", True)
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lay_out()
        self.setAccessibleName("Response map")
        self.contours.toggled.connect(self._on_looks_chosen)
        self.smooth.toggled.connect(self._on_looks_chosen)
        self.opacity.valueChanged.connect(self._on_looks_chosen)
        self.plot.value_pointed.connect(self._on_value_pointed)
        self._following = Following(self, context.shown, self.refresh, name="response-panel")
        self.refresh()

    @property
    def _seen(self) -> Diagnostics | None:
        return self._shown.scene.diagnostics

    @Slot()
    def refresh(self) -> None:
        """Show the response on the shown frame."""
        seen = self._seen
        response = None if seen is None else seen.response_map
        for widget in (self.plot, self.scale, self.readout, self.contours, self.smooth, self.opacity):
            widget.setVisible(response is not None)
        self._empty.setVisible(response is None)
        if seen is None or response is None:
            self.plot.clear()
            return
        self.plot.show_diagnostics(seen)
        self.scale.show_range(float(response.values.min()), float(response.values.max()))
        self._on_value_pointed(None)

    def _lay_out(self) -> None:
        switches = QHBoxLayout()
        switches.addWidget(self.contours)
        switches.addWidget(self.smooth)
        switches.addStretch(1)
        switches.addWidget(self.opacity)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 6)
        layout.setSpacing(4)
        layout.addLayout(switches)
        layout.addWidget(self.plot, stretch=1)
        layout.addWidget(self._empty, stretch=1)
        layout.addWidget(self.scale)
        layout.addWidget(self.readout)

    @Slot()
    def _on_looks_chosen(self) -> None:
        look = ResponseLook(self.contours.isChecked(), self.smooth.isChecked(), self.opacity.value() / 100)
        self.plot.set_look(look)
        self._shown.set_response_look(look)
        self.refresh()

    @Slot(object)
    def _on_value_pointed(self, pointed: tuple[float, float, float] | None) -> None:
        seen = self._seen
        response = None if seen is None else seen.response_map
        if pointed is not None:
            x, y, value = pointed
            self.readout.setText(f"{signed(value)} at {place_text(x, y)} px\nunder the mouse")
        elif response is not None:
            rows, columns = response.values.shape
            peaks = response_peaks(response)[:2]
            places = " · ".join(f"{signed(value, 1)} at {place_text(x, y)}" for x, y, value in peaks)
            self.readout.setText(f"{'Peak' if len(peaks) == 1 else 'Peaks'} {places} px\n{columns} × {rows} cells")
