"""Why a box is wrong: one sentence, an icon for the cause, and the evidence as pictures."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from dlst_gui.counting import signed
from dlst_gui.overlays import FrameScene, Marks
from dlst_gui.overlays.candidate_looks import ORIGIN_LOOKS
from dlst_gui.overlays.layers_item import Dots, Layer, Outline, boxes_path
from dlst_gui.overlays.palette import HUMAN, LOCALIZED, LOST, MATCHED, TRACKED, LegendEntry, Mark, Stroke
from dlst_gui.views.evidence.card.frame_button import FrameButton
from dlst_gui.views.evidence.card.patch_picture import PatchPicture
from dlst_gui.views.evidence.explanations import explain
from dlst_gui.views.evidence.reference import REFERENCE_NAMES
from dlst_gui.views.style.icons import icon
from dlst_gui.views.style.theme import DARK, Theme
from tracker_core import Box, CandidateOrigin, Diagnostics, Frame
from tracker_core.evidence import Cause, FailureCard

ICON_SIDE = 22  # screen pixels
MOST_FRAMES = 3
BETTER = Stroke("#f7e14a", 2.5, Qt.PenStyle.DashLine)
PEAK_SIZE = 10.0  # screen pixels
WHILE_MOVING = "Pause to see whether anything is wrong here."
_CALM_CAUSES = (Cause.NOTHING_WRONG,)
_BOX_LOOKS = {
    "chosen": (TRACKED, "Chosen box"),
    "reference": (HUMAN, "Where it is"),
    "localised": (LOCALIZED, "Localised"),
    "rival": (BETTER, "Better candidate"),
    "matched": (MATCHED, "Matched"),
}

PictureOf = Callable[[int], Frame | None]
"""A small picture of a frame; None where it is not there yet."""


class CardView(QFrame):
    """Says one card; what it marks in the picture is in `marks`."""

    marks_changed = Signal()
    frame_sought = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._theme = DARK
        self._card: FailureCard | None = None
        self._scene = FrameScene(0)
        self._icon, self._title, self._basis = QLabel(), QLabel(), QLabel()
        self._title.setObjectName("panel_title")
        self._title.setWordWrap(True)
        self._basis.setProperty("quiet", True)
        self._basis.setWordWrap(True)
        self._sentence = QLabel()
        self._sentence.setWordWrap(True)
        explain(self._sentence, "card")
        self._patches = (PatchPicture(), PatchPicture())
        self._frames = tuple(FrameButton() for _ in range(MOST_FRAMES))
        self.in_picture = QPushButton("Show in Picture")
        self.in_picture.setObjectName("verdict")
        self.in_picture.setCheckable(True)
        self.in_picture.setAutoDefault(False)
        self.in_picture.setToolTip("Mark the boxes and candidates that this speaks of in the picture")
        self.setAccessibleName("Why?")
        self._lay_out()
        self.in_picture.toggled.connect(lambda _on: self.marks_changed.emit())
        for button in self._frames:
            button.clicked.connect(self._on_frame_clicked)
        self.say("")

    @property
    def card(self) -> FailureCard | None:
        """The one that is shown; None where none is."""
        return self._card

    @property
    def sentence(self) -> str:
        return self._sentence.text()

    @property
    def marks(self) -> Marks | None:
        """What it points at, as long as a person wants to see it in the picture."""
        if self._card is None or self._card.cause in _CALM_CAUSES or not self.in_picture.isChecked():
            return None  # where nothing is wrong there is no button to take marks away with
        return marks_of(self._card, self._scene)

    @property
    def area(self) -> Box | None:
        """The smallest box around all that it speaks of; None where it speaks of none."""
        card, seen = self._card, self._scene.diagnostics
        if card is None or seen is None:
            return None
        boxes = [box for _, box in card.boxes]
        boxes += [Box.from_xywh(seen.candidates.boxes_xywh[row]) for row in card.candidates]
        if not boxes:
            return None
        left, top = min(box.x for box in boxes), min(box.y for box in boxes)
        right, bottom = max(box.right for box in boxes), max(box.bottom for box in boxes)
        return Box(left, top, right - left, bottom - top)

    def show_theme(self, theme: Theme) -> None:
        """Draw the icons in the colours of a theme."""
        self._theme = theme
        if self._card is not None:
            self._show_icon(self._card.cause)

    def say(self, sentence: str) -> None:
        """Say something where there is no card; hidden where it is empty."""
        self._card = None
        self._icon.clear()
        for widget in (self._icon, self._title, self._basis, self.in_picture, *self._patches, *self._frames):
            widget.hide()
        self._sentence.setText(sentence)
        self.setVisible(bool(sentence))
        self.marks_changed.emit()

    def show_card(self, card: FailureCard, scene: FrameScene, pixels: Frame | None, picture_of: PictureOf) -> None:
        """Show a card of a scene, of which everything is known.

        Args:
            card: of the scene's frame.
            scene: with diagnostics.
            pixels: of the frame; None where they cannot be shown.
            picture_of: of frames that the card speaks of; asked again when one of them is there.
        """
        seen = scene.diagnostics
        assert seen is not None
        self._card, self._scene = card, scene
        is_calm = card.cause in _CALM_CAUSES
        self._show_icon(card.cause)
        self._title.setText(_capital(card.cause.value))
        said = "as you said" if scene.reference is None else f"judged by {REFERENCE_NAMES[scene.reference.name]}"
        self._basis.setText(_guess_text(card) if card.is_guess else said)
        explain(self._basis, "basis")
        self._sentence.setText(card.sentence)
        for widget in (self, self._icon, self._title, self._basis):
            widget.show()
        self._show_patches(card, seen, scene, pixels)
        self._show_frames(card, picture_of)
        self.in_picture.setVisible(not is_calm)
        self.marks_changed.emit()

    def _lay_out(self) -> None:
        headline, patches, frames, below = QHBoxLayout(), QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        headline.addWidget(self._icon)
        headline.addWidget(self._title, stretch=1)
        below.addWidget(self.in_picture)
        below.addWidget(self._basis, stretch=1)
        for row, widgets in ((patches, self._patches), (frames, self._frames)):
            for widget in widgets:
                row.addWidget(widget)
            row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setSpacing(6)
        layout.addLayout(headline)
        layout.addWidget(self._sentence)
        layout.addLayout(patches)
        layout.addLayout(frames)
        layout.addLayout(below)

    def _show_icon(self, cause: Cause) -> None:
        name = f"cause-{cause.name.lower().replace('_', '-')}"
        self._icon.setPixmap(icon(name, self._theme).pixmap(QSize(ICON_SIDE, ICON_SIDE)))
        self._icon.setAccessibleName(cause.value)

    def _show_patches(self, card: FailureCard, seen: Diagnostics, scene: FrameScene, pixels: Frame | None) -> None:
        """The better candidate and the chosen one, where the classifier had the choice."""
        is_choice = card.cause is Cause.GOOD_CANDIDATE_SCORED_LOWER and len(card.candidates) == len(self._patches)
        for patch in self._patches:
            patch.setVisible(is_choice and pixels is not None)
        if not is_choice or pixels is None:
            return
        names, strokes = ("better", "chosen"), (BETTER, TRACKED)
        for patch, row, name, stroke in zip(self._patches, card.candidates, names, strokes, strict=True):
            box = Box.from_xywh(seen.candidates.boxes_xywh[row])
            overlap = "" if scene.reference is None else f"\nIoU {box.iou(scene.reference.box):.2f}"
            patch.show_patch(
                pixels, box, f"{name}\nscore {signed(float(seen.candidates.scores[row]))}{overlap}", stroke
            )
            explain(patch, "patch")

    def _show_frames(self, card: FailureCard, picture_of: PictureOf) -> None:
        """The latest of the frames that it learned from; only the first picture that is missing is asked for."""
        latest = card.frames[-MOST_FRAMES:]
        is_asked = False
        for place, button in enumerate(self._frames):
            button.setVisible(place < len(latest))
            if place >= len(latest):
                continue
            frame_index = latest[place]
            picture = None if is_asked else picture_of(frame_index)
            is_asked = is_asked or picture is None
            button.show_frame(frame_index, picture)

    @Slot()
    def _on_frame_clicked(self) -> None:
        button = self.sender()
        if isinstance(button, FrameButton):
            self.frame_sought.emit(button.frame_index)


def marks_of(card: FailureCard, scene: FrameScene) -> Marks:
    """The boxes that a card names, its best candidate and, where the localiser erred, the response's peak."""
    layers: list[Layer] = []
    legend: list[LegendEntry] = []
    seen = scene.diagnostics
    for name, box in card.boxes:
        if box == scene.box:
            continue  # it is there already, as the track's
        stroke, text = _BOX_LOOKS.get(name, (LOST, _capital(name)))
        layers.append(Outline(boxes_path(box.xywh[None]), stroke))
        legend.append(LegendEntry(text, stroke))
    if seen is not None and card.candidates:
        candidates, row = seen.candidates, card.candidates[0]
        look = ORIGIN_LOOKS[CandidateOrigin(int(candidates.origins[row]))]
        box = Box.from_xywh(candidates.boxes_xywh[row])
        layers.append(Outline(boxes_path(box.xywh[None]), BETTER))
        layers.append(Dots((QPointF(*box.center),), look.color, PEAK_SIZE, look.mark))
        legend.append(LegendEntry("Best candidate on it", BETTER))
    if card.cause is Cause.LOCALIZER_ELSEWHERE and seen is not None and seen.response_map is not None:
        layers.append(Dots((QPointF(*seen.response_map.peak),), LOCALIZED.color, PEAK_SIZE, Mark.CROSS))
        legend.append(LegendEntry("Peak of the response", LOCALIZED, Mark.CROSS))
    return Marks(tuple(layers), tuple(legend))


def _guess_text(card: FailureCard) -> str:
    """That it is a guess, and what such guesses are worth."""
    return "a guess" if card.confirmed is None else f"a guess, right in {round(10 * card.confirmed)} of 10 cases"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
