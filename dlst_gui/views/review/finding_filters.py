"""Which findings are listed: of which object, for which reason, in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QSizePolicy, QWidget

from dlst_gui.project.findings.finding import Reason
from dlst_gui.project.labels import TrackInfo
from dlst_gui.session.reviewing import FindingOrder, FindingView

FEWEST_CHARACTERS = 4  # of a choice that stay in sight in a narrow panel


class FindingFilters(QWidget):
    """Three choices in two rows, the first two with how many findings there are of each."""

    changed = Signal(object)  # FindingView

    def __init__(self, summary: QWidget) -> None:
        """Place the choices, and `summary` beside the last one."""
        super().__init__()
        self.objects, self.reasons, self.order = QComboBox(), QComboBox(), QComboBox()
        names = ("Findings of which object", "Findings for which reason", "Order of the findings")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(6)
        for column in (0, 1):
            grid.setColumnStretch(column, 1)
        for place, widget in enumerate((self.objects, self.reasons, self.order, summary)):
            grid.addWidget(widget, place // 2, place % 2)
        for box, name in zip((self.objects, self.reasons, self.order), names, strict=True):
            box.setAccessibleName(name)
            box.setToolTip(name)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(FEWEST_CHARACTERS)
            box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for order in FindingOrder:
            self.order.addItem(order.value, order)
        for box in (self.objects, self.reasons, self.order):
            box.activated.connect(self._on_activated)

    def show_choices(
        self, tracks: Sequence[TrackInfo], counts: Mapping[tuple[int, Reason], int], view: FindingView
    ) -> None:
        """Offer what there are findings of, and what is chosen."""
        objects: list[tuple[str, object]] = [("All objects", None)]
        for track in tracks:
            count = sum(n for (track_id, _), n in counts.items() if track_id == track.track_id)
            if count or track.track_id == view.track_id:
                objects.append((f"{track.label} {track.track_id} ({count:,})", track.track_id))
        of_view = {key: n for key, n in counts.items() if view.track_id in (None, key[0])}
        reasons: list[tuple[str, object]] = [("All reasons", None)]
        for reason in Reason:
            count = sum(n for (_, of), n in of_view.items() if of is reason)
            if count or reason is view.reason:
                reasons.append((f"{reason.value} ({count:,})", reason))
        _fill(self.objects, objects, view.track_id)
        _fill(self.reasons, reasons, view.reason)
        self.order.setCurrentIndex(self.order.findText(view.order.value))

    def _on_activated(self) -> None:
        self.changed.emit(
            FindingView(self.order.currentData(), self.objects.currentData(), self.reasons.currentData())
        )


def _fill(box: QComboBox, choices: Sequence[tuple[str, object]], chosen: object) -> None:
    present = [(box.itemText(at), box.itemData(at)) for at in range(box.count())]
    with QSignalBlocker(box):
        if present != list(choices):
            box.clear()
            for words, value in choices:
                box.addItem(words, value)
        box.setCurrentIndex(next(at for at, (_, value) in enumerate(choices) if value == chosen))
