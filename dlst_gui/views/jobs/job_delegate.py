"""Paints a job: its picture, what it is called, how long it is, how it stands, and how far it is."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from dlst_gui.jobs.job import JobProgress, JobState
from dlst_gui.views.jobs.job_rows import JOB_ROLE, JobRows
from dlst_gui.views.jobs.job_words import length_words
from dlst_gui.views.style.theme import Theme

PICTURE = QSize(96, 54)
NARROWEST_WORDS = 110  # pixels beside a picture
GAP, EDGE, BAR_HEIGHT, MARK_WIDTH = 10, 8, 5, 3  # pixels


class JobDelegate(QStyledItemDelegate):
    """Colours are those of the window's theme; the picture's ground is dark in every theme, as the video's."""

    def __init__(self, rows: JobRows, theme: Theme) -> None:
        super().__init__(rows)
        self._rows = rows
        self._theme = theme

    def show_theme(self, theme: Theme) -> None:
        """Paint in the colours of a theme from now on."""
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(NARROWEST_WORDS, PICTURE.height() + 2 * EDGE)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        jobs, row, theme = self._rows.jobs, index.data(JOB_ROLE), self._theme
        if row is None:
            return
        area = QRect(option.rect)
        painter.save()
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if is_selected or option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, QColor(theme.accent_ground if is_selected else theme.raised))
        if row == jobs.current:
            painter.fillRect(QRect(area.left(), area.top(), MARK_WIDTH, area.height()), QColor(theme.accent))
        picture = QRect(area.topLeft(), PICTURE).translated(EDGE + MARK_WIDTH, EDGE)
        words = QRect(area)
        if area.width() >= PICTURE.width() + NARROWEST_WORDS:
            self._paint_picture(painter, picture, self._rows.pixmap(row))
            words.setLeft(picture.right() + 1 + GAP)
        else:  # words tell more than a picture
            words.setLeft(picture.left())
        words.setRight(area.right() - EDGE)
        words.setTop(picture.top())
        words.setHeight(picture.height())
        self._paint_words(painter, words, option.font, row)
        painter.restore()

    def _paint_picture(self, painter: QPainter, area: QRect, pixmap: QPixmap | None) -> None:
        painter.fillRect(area, QColor(self._theme.canvas))
        if pixmap is not None:
            size = pixmap.size().scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatio)
            place = QRect(area.topLeft(), size)
            place.moveCenter(area.center())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(place, pixmap)

    def _paint_words(self, painter: QPainter, area: QRect, font: QFont, row: int) -> None:
        jobs, theme = self._rows.jobs, self._theme
        progress, state = jobs.progress(row), jobs.state(row)
        line = (area.height() - BAR_HEIGHT - 4) // 2
        upper = QRect(area.left(), area.top(), area.width(), line)
        lower = QRect(area.left(), area.top() + line, area.width(), line)
        bold = QFont(font)
        bold.setWeight(QFont.Weight.DemiBold)
        painter.setFont(bold)
        painter.setPen(QColor(theme.quiet_text if state is JobState.MISSING else theme.text))
        # The end of a path tells more than its beginning.
        name = painter.fontMetrics().elidedText(jobs.name(row), Qt.TextElideMode.ElideMiddle, upper.width())
        painter.drawText(upper, Qt.AlignmentFlag.AlignVCenter, name)
        painter.setFont(font)
        metrics = painter.fontMetrics()
        painter.setPen(QColor(self._color(state)))
        word = "" if progress is None else state.value
        painter.drawText(lower, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, word)
        lower.setRight(lower.right() - metrics.horizontalAdvance(word) - (GAP if word else 0))
        painter.setPen(QColor(theme.quiet_text))
        lengths = length_words(progress, jobs.picture(row))
        # What has no room as a whole is left out: half a number is a wrong one.
        fitting = (" · ".join(lengths), *reversed(lengths), "")
        shown = next(text for text in fitting if metrics.horizontalAdvance(text) <= max(lower.width(), 0))
        painter.drawText(lower, Qt.AlignmentFlag.AlignVCenter, shown)
        bar = QRectF(area.left(), area.bottom() - BAR_HEIGHT + 1, area.width(), BAR_HEIGHT)
        self._paint_bar(painter, bar, progress)

    def _paint_bar(self, painter: QPainter, area: QRectF, progress: JobProgress | None) -> None:
        """Reviewed frames, then those to review, of all frames; nothing where there are no labels."""
        counts = None if progress is None else progress.counts
        if counts is None or not counts.frame_count:
            return
        painter.fillRect(area, QColor(self._theme.line))
        left = area.left()
        for count, color in ((counts.reviewed, self._theme.good), (counts.to_review, self._theme.warning)):
            width = area.width() * count / counts.frame_count
            painter.fillRect(QRectF(left, area.top(), width, area.height()), QColor(color))
            left += width

    def _color(self, state: JobState) -> str:
        match state:
            case JobState.DONE:
                return self._theme.good
            case JobState.IN_WORK:
                return self._theme.accent
            case JobState.MISSING | JobState.DAMAGED:
                return self._theme.warning
            case JobState.NEW:
                return self._theme.quiet_text
