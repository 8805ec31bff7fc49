"""What of a project is exported, and how, in words: frames, objects, boxes, images."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QWidget,
)

from dlst_gui.exchange.plan import ImageChoice, ImageKind
from dlst_gui.formats.format import Format, WriteOptions
from dlst_gui.formats.transfer.selection import FrameChoice, Selection
from dlst_gui.views.exchange.object_box import ObjectBox
from dlst_gui.views.frame_bar.number_field import MARGIN, NumberField

LARGEST_STEP = 10_000  # frames; ours
FURTHEST_PX = 100  # ours

_FRAMES = {
    FrameChoice.ALL: "All frames",
    FrameChoice.LABELLED: "From an object's first box to its last",
    FrameChoice.HUMAN: "Only frames with a manual box",
    FrameChoice.REVIEWED: "Manual boxes and accepted spans",
}


class ExportChoices(QWidget):
    """Shows what can be chosen for a format; `changed` whenever something else is chosen."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._format: Format | None = None
        self.frames = QComboBox()
        self.frames.setAccessibleName("Frames")
        for choice, words in _FRAMES.items():
            self.frames.addItem(words, choice)
        self.every = NumberField()
        self.every.setRange(1, LARGEST_STEP)
        self.every.setSpecialValueText("every frame")
        self.every.setPrefix("one in ")
        self.every.setAccessibleName("One frame in")
        self.objects = ObjectBox()
        self.tracked = _check("&Tracked", "Boxes from the tracker")
        self.lost = _check("Tracked while &lost", "Tracked boxes with a score below 0")
        self.interpolated = _check("&Interpolated", "Boxes interpolated between manual boxes")
        self.occluded = _check("&Occluded", "Boxes of objects marked as occluded")
        self.clip = _check("Cli&p to image", "Boxes entirely outside the image are left out", is_on=False)
        self.whole = _check(
            "&Whole pixels", "Edges are rounded; none moves by more than half a pixel", is_on=False
        )
        self.track_ids = _check("Track i&ds", "A sixth number per line, which some readers reject", is_on=False)
        self.within = QDoubleSpinBox()
        self.within.setRange(0, FURTHEST_PX)
        self.within.setSingleStep(0.5)
        self.within.setDecimals(1)
        self.within.setSpecialValueText("for every box")
        self.within.setPrefix("lines within ")
        self.within.lineEdit().setTextMargins(MARGIN, 0, MARGIN, 0)  # the style sheet's padding does not reach it
        self.within.setSuffix(" px")
        self.within.setKeyboardTracking(False)
        self.within.setAccessibleName("Keyframes: lines within so many pixels")
        self.within.setToolTip("So few keyframes that no edge is further off the lines between them")
        self.images = QComboBox()
        self.images.setAccessibleName("Images")
        for words, kind in (("None", None), ("PNG, lossless", ImageKind.PNG), ("JPEG", ImageKind.JPEG)):
            self.images.addItem(words, kind)
        self.quality = NumberField()
        self.quality.setRange(1, 100)
        self.quality.setValue(ImageChoice().quality)
        self.quality.setPrefix("quality ")
        self.quality.setAccessibleName("JPEG quality")
        self._lay_out()
        self._connect()

    @property
    def selection(self) -> Selection:
        return Selection(
            frames=FrameChoice(self.frames.currentData()),
            every=self.every.value(),
            tracked=self.tracked.isChecked(),
            lost=self.lost.isChecked(),
            interpolated=self.interpolated.isChecked(),
            occluded=self.occluded.isChecked(),
            clip_to_image=self.clip.isChecked(),
            track_ids=self.objects.track_ids,
        )

    @property
    def options(self) -> WriteOptions:
        is_sparse = self._format is not None and self._format.interpolates
        return WriteOptions(
            sub_pixel=not self.whole.isChecked(),
            track_ids=self.track_ids.isChecked(),
            keyframes_within_px=self.within.value() if is_sparse else 0.0,
        )

    @property
    def image_choice(self) -> ImageChoice | None:
        """None also where the format cannot include images."""
        kind = self.images.currentData()
        if kind is None or self._format is None or not self._format.wants_images:
            return None
        return ImageChoice(ImageKind(kind), self.quality.value())

    def leave_out_objects(self) -> None:
        """Offer no choice of objects: several projects are exported, each with others."""
        self._form.setRowVisible(self.objects, False)

    def show_format(self, label_format: Format) -> None:
        """Offer what this format can do."""
        self._format = label_format
        self.whole.setVisible(label_format.can_hold.sub_pixel)
        self.track_ids.setVisible(label_format.name == "yolo")
        self._form.setRowVisible(self.within, label_format.interpolates)
        self.images.setEnabled(label_format.wants_images)
        self.images.setItemText(0, "None" if label_format.wants_images else "This format cannot include images")
        if not label_format.wants_images:
            with QSignalBlocker(self.images):
                self.images.setCurrentIndex(0)
        self._show_dependent()

    def _lay_out(self) -> None:
        frames, images, boxes = QHBoxLayout(), QHBoxLayout(), QGridLayout()
        for row in (frames, images):
            row.setSpacing(8)
        frames.addWidget(self.frames, stretch=1)
        frames.addWidget(self.every)
        images.addWidget(self.images, stretch=1)
        images.addWidget(self.quality)
        boxes.setVerticalSpacing(6)
        for place, check in enumerate(
            (self.tracked, self.lost, self.interpolated, self.occluded, self.clip, self.whole, self.track_ids)
        ):
            boxes.addWidget(check, place // 2, place % 2)
        self._form = form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(14)
        form.setVerticalSpacing(8)
        form.addRow("Frames", frames)
        form.addRow("Objects", self.objects)
        form.addRow("Boxes", boxes)
        form.addRow("Keyframes", self.within)
        form.addRow("Images", images)

    def _connect(self) -> None:
        for box in (self.frames, self.objects, self.images):
            box.currentIndexChanged.connect(self._on_edited)
        for number in (self.every, self.quality, self.within):
            number.valueChanged.connect(self._on_edited)
        for check in self.findChildren(QCheckBox):
            check.toggled.connect(self._on_edited)

    def _show_dependent(self) -> None:
        self.lost.setEnabled(self.tracked.isChecked())
        self.quality.setVisible(self.images.currentData() is ImageKind.JPEG)

    def _on_edited(self) -> None:
        self._show_dependent()
        self.changed.emit()


def _check(text: str, tip: str, *, is_on: bool = True) -> QCheckBox:
    check = QCheckBox(text)
    check.setChecked(is_on)
    check.setToolTip(tip)
    return check
