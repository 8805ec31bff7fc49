"""The tiles as a list for Qt, with their pictures."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Slot
from PySide6.QtGui import QImage, QPixmap

from dlst_gui.session.cut_outs import CutOuts
from dlst_gui.tracking.run_memory import RunMemory
from dlst_gui.views.evidence.memory.tiles import (
    Kind,
    Order,
    Tile,
    frame_tile,
    single_tiles,
    sorted_frames,
    template_tile,
)
from tracker_core import Box
from tracker_core.evidence import LearnedFrame

TILE_ROLE = int(Qt.ItemDataRole.UserRole)
MOST_PIXMAPS = 800

_Index = QModelIndex | QPersistentModelIndex


class TileRows(QAbstractListModel):
    """Tiles of one kind in one order; frames can be shown sample by sample."""

    def __init__(self, cut_outs: CutOuts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cut_outs = cut_outs
        self._memory: RunMemory | None = None
        self._frames: tuple[LearnedFrame, ...] = ()
        self._kind, self._order = Kind.POSITIVE, Order.FRAME
        self._tiles: list[Tile] = []
        self._expanded: set[tuple[int, bool]] = set()
        self._pixmaps: OrderedDict[tuple[int, Box], QPixmap] = OrderedDict()
        cut_outs.made.connect(self._on_made)

    @property
    def kind(self) -> Kind:
        return self._kind

    @property
    def tiles(self) -> tuple[Tile, ...]:
        return tuple(self._tiles)

    def show_memory(self, memory: RunMemory | None, frames: tuple[LearnedFrame, ...]) -> None:
        """List what a tracker knows; `frames` sum its samples up."""
        self._memory, self._frames = memory, frames
        self._make()

    def choose(self, kind: Kind, order: Order) -> None:
        """List another part of it, in another order."""
        if (kind, order) != (self._kind, self._order):
            self._kind, self._order = kind, order
            self._make()

    def is_expanded(self, tile: Tile) -> bool:
        """Whether the samples of its frame are listed one by one."""
        return (tile.frame_index, self._kind is Kind.POSITIVE) in self._expanded

    def toggle(self, tile: Tile) -> None:
        """List the samples of a frame one by one, or not any more."""
        if self._kind is not Kind.TEMPLATE:
            self._expanded ^= {(tile.frame_index, self._kind is Kind.POSITIVE)}
            self._make()

    def forget_expanded(self) -> None:
        """Another object or video: frames are shown as one."""
        self._expanded.clear()
        self._pixmaps.clear()

    def pixmap(self, tile: Tile) -> QPixmap | None:
        """Its picture, if it is there; it is asked for where it is not."""
        place = (tile.frame_index, tile.box)
        if place in self._pixmaps:
            self._pixmaps.move_to_end(place)
            return self._pixmaps[place]
        picture = self._cut_outs.picture(*place)
        if picture is None:
            return None
        pixels = np.ascontiguousarray(picture)
        height, width = pixels.shape[:2]
        image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        self._pixmaps[place] = QPixmap.fromImage(image)
        while len(self._pixmaps) > MOST_PIXMAPS:
            self._pixmaps.popitem(last=False)
        return self._pixmaps[place]

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._tiles)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._tiles):
            return None
        tile = self._tiles[index.row()]
        if role == TILE_ROLE:
            return tile
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(tile.words)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return " ".join(tile.words)
        return None

    def _make(self) -> None:
        self.beginResetModel()
        self._tiles = [] if self._memory is None else self._made(self._memory)
        self.endResetModel()

    def _made(self, memory: RunMemory) -> list[Tile]:
        if self._kind is Kind.TEMPLATE:
            return [template_tile(each) for each in memory.templates]
        is_positive = self._kind is Kind.POSITIVE
        chosen = [each for each in self._frames if each.is_positive is is_positive]
        tiles: list[Tile] = []
        for frame in sorted_frames(chosen, self._order):
            tiles.append(frame_tile(memory, frame))
            if (frame.frame_index, is_positive) in self._expanded:
                tiles += single_tiles(memory, frame)
        return tiles

    @Slot(int)
    def _on_made(self, frame_index: int) -> None:
        rows = [row for row, tile in enumerate(self._tiles) if tile.frame_index == frame_index]
        if rows:
            self.dataChanged.emit(self.index(rows[0]), self.index(rows[-1]), [TILE_ROLE])
