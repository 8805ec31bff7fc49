"""What the tracker of the selected object has learned from, as pictures; what leaving some out would do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QSize, Qt, Slot
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QListView,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from dlst_gui.counting import counted, signed
from dlst_gui.overlays import Marks
from dlst_gui.overlays.layers_item import Layer, Outline, boxes_path
from dlst_gui.overlays.palette import HUMAN, LegendEntry, Stroke
from dlst_gui.views.evidence.explanations import explain
from dlst_gui.views.evidence.memory.removal_words import effect_words
from dlst_gui.views.evidence.memory.tile_delegate import TileDelegate
from dlst_gui.views.evidence.memory.tile_rows import TILE_ROLE, TileRows
from dlst_gui.views.evidence.memory.tiles import Kind, Order, Tile
from dlst_gui.views.evidence.panel_spec import PanelContext
from dlst_gui.views.evidence.shown_evidence import Following
from dlst_gui.views.style.wheel_passing import WheelPassing
from tracker_core import Box, SampleSource
from tracker_core.evidence import LearnedFrame, learned_frames

NAME = "memory-panel"
NOTHING = (
    "Track the selected object: what its tracker learns is shown here while the run goes on and when it rests. "
    "A run that is over leaves what it knew last, until another one begins or the video is closed."
)
FORGET = (
    "The tracker goes on without {}, trained again on the others. This cannot be undone, and a run that is begun "
    "anew will learn them again: correct the box on their frame to be rid of them for good."
)
WAITING = "Asking the tracker what it knows …"
LINES_BELOW = 2  # what has room below the list from the start: it must not move under the mouse
MOST_OUTLINES = 60  # more would be mud
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
MANY_WIDTH = 0.7  # screen pixels: boxes that lie over each other are still told apart
CHOSEN = Stroke("#ffffff", 1.5)
WITHOUT = Stroke("#ffffff", 2.0, Qt.PenStyle.DashLine)


class TileList(QListView):
    """Tiles side by side; Return shows a frame sample by sample."""

    def __init__(self, rows: TileRows) -> None:
        super().__init__()
        self.setModel(rows)
        self.setItemDelegate(TileDelegate(rows))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setUniformItemSizes(True)
        self.setSpacing(2)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName("Samples")

    def event(self, event: QEvent) -> bool:  # noqa: D102 - Qt's
        # Else the window would take the key: there it accepts a box.
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.ShortcutOverride and event.key() in _ENTER:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt's
        if event.key() in _ENTER and self.currentIndex().isValid():
            self.doubleClicked.emit(self.currentIndex())
            event.accept()
            return
        super().keyPressEvent(event)

    def minimumSizeHint(self) -> QSize:  # noqa: D102 - Qt's
        return QSize(120, 120)


class MemoryPanel(QScrollArea):
    """Follows the selected object while it is seen. It scrolls where it is low."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__()
        self._session, self._shown = context.session, context.shown
        self.watch = context.memory
        self.rows = TileRows(context.session.cut_outs, self)
        self.list = TileList(self.rows)
        self._frames: tuple[LearnedFrame, ...] = ()
        self._summed_up: object = None
        self.kind, self.order = QComboBox(), QComboBox()
        WheelPassing(self.kind, self.order)
        self.summary, self.chosen, self.result = QLabel(), QLabel(), QLabel()
        self.samples_button = QPushButton("Single Samples")
        self.effect_button = QPushButton("Effect of Removing")
        self.forget_button = QPushButton("Forget…")
        self._empty = QLabel(NOTHING)
        self._prepare()
        self._lay_out()
        self._connect()
        self._following = Following(self, context.shown, self._mark, name=NAME)
        self.refresh()

    @property
    def chosen_tiles(self) -> list[Tile]:
        """Those that are selected, in the order of the list."""
        indexes = sorted(self.list.selectionModel().selectedIndexes(), key=QModelIndex.row)
        return [index.data(TILE_ROLE) for index in indexes]

    @property
    def chosen_rows(self) -> NDArray[np.int64]:
        """The samples that are selected, each once."""
        parts = [tile.rows for tile in self.chosen_tiles]
        return np.unique(np.concatenate(parts)) if parts else np.empty(0, dtype=np.int64)

    @Slot()
    def refresh(self) -> None:
        """Show what is known now; what is selected stays where it is still there."""
        memory = self.watch.memory
        if memory is not self._summed_up:
            self._summed_up = memory
            self._sum_up()
        shown = (self.list, self.kind, self.order, self.summary, self.chosen, self.samples_button, self.result)
        for widget in shown:
            widget.setVisible(memory is not None)
        for button in (self.effect_button, self.forget_button):
            button.setVisible(memory is not None)
        self._empty.setText(WAITING if self.watch.is_waiting else NOTHING)
        self._empty.setVisible(memory is None)
        self._on_chosen()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: D102 - Qt's
        super().showEvent(event)
        self.watch.set_looked_at(True)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: D102 - Qt's
        super().hideEvent(event)
        self.watch.set_looked_at(False)

    def _prepare(self) -> None:
        self.setAccessibleName("Memory")
        self.kind.setAccessibleName("Part of the memory")
        self.kind.setToolTip("Which part of the memory is listed")
        self.order.setAccessibleName("Order")
        self.order.setToolTip("How the pictures are sorted; scores are those of the classifier as it is now")
        for kind in Kind:
            self.kind.addItem(kind.value, kind)
        for order in Order:
            self.order.addItem(order.value, order)
        for label in (self.summary, self.chosen, self._empty):
            label.setProperty("quiet", True)
            label.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.result.setWordWrap(True)
        self.result.setTextFormat(Qt.TextFormat.RichText)
        for label, name in ((self.summary, "samples"), (self.chosen, "samples"), (self.result, "removal")):
            explain(label, name)
        for label in (self.chosen, self.result):
            label.ensurePolished()  # the font is the style's
            line_height = label.fontMetrics().lineSpacing() + 1  # of rich text
            label.setMinimumHeight(LINES_BELOW * line_height)
            label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.samples_button.setToolTip("List the chosen frames sample by sample, or as one again (Return)")
        self.effect_button.setToolTip(
            "Train a copy of the classifier without the chosen samples: would the box of the latest frame change?"
        )
        self.forget_button.setToolTip("Let the paused run go on without the chosen samples")
        for button in (self.samples_button, self.effect_button, self.forget_button):
            button.setObjectName("verdict")  # narrow: two of them share a line
            button.setAutoDefault(False)

    def _lay_out(self) -> None:
        choices, buttons = QHBoxLayout(), QHBoxLayout()
        choices.addWidget(self.kind, stretch=1)
        choices.addWidget(self.order, stretch=1)
        buttons.addWidget(self.effect_button, stretch=1)
        buttons.addWidget(self.forget_button)
        content = QWidget()
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout = QVBoxLayout(content)
        layout.setContentsMargins(9, 8, 9, 8)
        layout.setSpacing(6)
        layout.addWidget(self.summary)
        layout.addLayout(choices)
        layout.addWidget(self.list, stretch=1)
        layout.addWidget(self._empty, stretch=1)
        below = QHBoxLayout()
        below.addWidget(self.chosen, stretch=1)
        below.addWidget(self.samples_button)
        layout.addLayout(below)
        layout.addLayout(buttons)
        layout.addWidget(self.result)

    def _connect(self) -> None:
        self.kind.currentIndexChanged.connect(self._on_choice)
        self.order.currentIndexChanged.connect(self._on_choice)
        self.list.selectionModel().selectionChanged.connect(self._on_selected)
        self.list.clicked.connect(self._go_to)
        self.list.doubleClicked.connect(self._on_expanded)
        self.samples_button.clicked.connect(self._on_samples_wanted)
        self.effect_button.clicked.connect(self._on_effect_wanted)
        self.forget_button.clicked.connect(self._on_forgetting_wanted)
        self.watch.changed.connect(self.refresh)
        self._session.project_closing.connect(self.rows.forget_expanded)

    def _sum_up(self) -> None:
        memory, project = self.watch.memory, self._session.project
        self._frames = ()
        if memory is not None:
            has_track = project is not None and project.has_track(memory.track_id)
            manual = project.manual_boxes(memory.track_id) if project is not None and has_track else {}
            self._frames = learned_frames(memory.frame_indices, memory.samples, manual)
            self.summary.setText(self._summary())
        self._keeping_choice(partial(self.rows.show_memory, memory, self._frames))

    def _summary(self) -> str:
        memory = self.watch.memory
        assert memory is not None
        counts = [
            (
                int((memory.samples.is_positive == side).sum()),
                sum(each.is_positive is side for each in self._frames),
            )
            for side in (True, False)
        ]
        (on, on_frames), (off, off_frames) = counts
        suspects = [each for each in self._frames if each.looks_wrong or each.is_wrong]
        text = (
            f"After frame {memory.last_frame}: {counted(on, 'sample')} on the target from "
            f"{counted(on_frames, 'frame')}, {off:,} off it from {off_frames}; "
            f"{counted(memory.samples.updates, 'update')}."
        )
        if suspects:
            text += f" {counted(len(suspects), 'frame')} may have been learned in a wrong place."
        return text

    @Slot()
    def _on_choice(self) -> None:
        self.rows.choose(Kind(self.kind.currentData()), Order(self.order.currentData()))
        self._on_chosen()

    def _keeping_choice(self, change: Callable[[], None]) -> None:
        """Make a change of the list, and select again what is still there."""
        chosen = {(tile.frame_index, tile.box) for tile in self.chosen_tiles}
        scrolled = self.list.verticalScrollBar().value()
        change()
        model = self.list.selectionModel()
        for row, tile in enumerate(self.rows.tiles):
            if (tile.frame_index, tile.box) in chosen:
                model.select(self.rows.index(row), QItemSelectionModel.SelectionFlag.Select)
        self.list.verticalScrollBar().setValue(scrolled)

    @Slot()
    def _on_selected(self) -> None:
        self._on_chosen()

    def _on_chosen(self) -> None:
        tiles, rows, memory = self.chosen_tiles, self.chosen_rows, self.watch.memory
        is_human = any(tile.source.is_human for tile in tiles)
        why_not = self.watch.why_not
        if is_human:
            why_not = "Samples of manual boxes stay: correct or clear the box instead."
        for button in (self.effect_button, self.forget_button):
            button.setEnabled(len(rows) > 0 and not is_human and self.watch.can_remove)
        self.samples_button.setEnabled(len(rows) > 0)
        if len(rows) and memory is not None:
            mean = float(memory.samples.scores[rows].mean())
            self.chosen.setText(f"{counted(len(rows), 'sample')} chosen, score {signed(mean, 1)}")
        else:
            self.chosen.setText("Click a picture to go to its frame.")
        self._show_result(why_not if len(rows) else "")
        self._mark()

    def _show_result(self, why_not: str) -> None:
        effect, memory = self.watch.effect, self.watch.memory
        if self.watch.is_removing:
            text = "Training again …"
        elif self.watch.message:
            text = self.watch.message
        elif effect is not None and memory is not None:
            text = effect_words(memory, effect)
        else:
            text = why_not
        self.result.setText(text)

    @Slot(QModelIndex)
    def _go_to(self, index: QModelIndex) -> None:
        tile: Tile | None = index.data(TILE_ROLE)
        if tile is not None:
            self._session.seek(tile.frame_index)

    @Slot(QModelIndex)
    def _on_expanded(self, index: QModelIndex) -> None:
        tile: Tile | None = index.data(TILE_ROLE)
        if tile is not None:
            self._keeping_choice(partial(self.rows.toggle, tile))

    @Slot()
    def _on_samples_wanted(self) -> None:
        frames = {tile.frame_index: tile for tile in self.chosen_tiles}
        for tile in frames.values():
            self._keeping_choice(partial(self.rows.toggle, tile))

    @Slot()
    def _on_effect_wanted(self) -> None:
        self.watch.ask_effect(self.chosen_rows)

    @Slot()
    def _on_forgetting_wanted(self) -> None:
        rows = self.chosen_rows
        question = QMessageBox(
            QMessageBox.Icon.Question,
            "Forget samples",
            f"Forget {counted(len(rows), 'sample')}?",
            QMessageBox.StandardButton.Cancel,
            self,
        )
        question.setInformativeText(FORGET.format(counted(len(rows), "sample")))
        forget = question.addButton("Forget", QMessageBox.ButtonRole.AcceptRole)
        question.exec()
        if question.clickedButton() is forget:
            self.watch.forget(rows)

    @Slot()
    def _mark(self) -> None:
        """Light up the chosen boxes of the shown frame, and the box of an effect."""
        if not self.isVisible():
            return
        here = self._shown.scene.frame_index
        chosen = [tile for tile in self.chosen_tiles if tile.frame_index == here]
        layers: list[Layer] = []
        legend: list[LegendEntry] = []
        if chosen:
            boxes = np.concatenate([tile.boxes_xywh for tile in chosen])
            count = len(boxes)
            stroke = HUMAN if chosen[0].source is not SampleSource.TRACKED else CHOSEN
            width = CHOSEN.width if count == 1 else MANY_WIDTH
            layers.append(Outline(boxes_path(boxes[:MOST_OUTLINES]), Stroke(stroke.color, width)))
            legend.append(LegendEntry(f"learned here: {counted(count, 'sample')}", CHOSEN))
        effect, memory = self.watch.effect, self.watch.memory
        if effect is not None and memory is not None and memory.last_frame == here:
            layers.append(Outline(boxes_path(_rows([effect.box_without])), WITHOUT))
            legend.append(LegendEntry("without the samples", WITHOUT))
        self._shown.set_marks(NAME, Marks(tuple(layers), tuple(legend)) if layers else None)


def _rows(boxes: list[Box]) -> NDArray[np.float64]:
    return np.stack([box.xywh for box in boxes])
