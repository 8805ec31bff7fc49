"""The objects that a file would bring: label, boxes by where they come from, frames."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem

from dlst_gui.exchange.incoming import IncomingObject

_HEADS = ("Object", "Manual", "Tracked", "Interpolated", "Frames")
_TRACKED, _INTERPOLATED = 2, 3


class IncomingTable(QTreeWidget):
    """One row for each object; to be read only."""

    def __init__(self) -> None:
        super().__init__()
        self.setHeaderLabels(_HEADS)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # numbers at the end tell objects apart
        self.setAccessibleName("Objects to import")
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.header().setStretchLastSection(False)
        self.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for column in range(1, len(_HEADS)):
            self.headerItem().setTextAlignment(column, right)

    def show_objects(self, objects: Sequence[IncomingObject], known: Collection[int] = ()) -> None:
        """List these in place of those before; of those that are known, it says that they are there already."""
        self.clear()
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for each in objects:
            counts = (each.human, each.tracked, each.interpolated)
            cells = [f"{count:,}" if count else "–" for count in counts]
            frames = f"{each.first}" if each.first == each.last else f"{each.first}–{each.last}"
            is_known = each.track_id in known
            name = f"{each.label} {each.track_id}{' (already there)' if is_known else ''}"
            row = QTreeWidgetItem([name, *cells, frames])
            row.setToolTip(0, name)
            row.setDisabled(is_known)
            for column in range(1, len(_HEADS)):
                row.setTextAlignment(column, right)
            self.addTopLevelItem(row)
        # Names may be long: columns without a number give their room to them.
        self.setColumnHidden(_TRACKED, not any(each.tracked for each in objects))
        self.setColumnHidden(_INTERPOLATED, not any(each.interpolated for each in objects))
