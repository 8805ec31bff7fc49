"""The counter under the frame: shows which frame it is, and takes frames, times, shares and steps."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QWidget

from dlst_gui.video.typed_frame import HOW_TO_SAY, typed_frame
from dlst_gui.views.frame_bar.number_field import NumberField

NARROWEST = 74  # screen pixels: room for a time

_LETTERS = frozenset("0123456789:.,%+-s ")


class FrameField(NumberField):
    """A number field whose number can be said in more ways."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fps = 25.0
        self.setMinimumWidth(NARROWEST)
        self.setAccessibleName("Frame number")
        self.setToolTip(f"Go to: {HOW_TO_SAY[0].lower()}{HOW_TO_SAY[1:]}")

    def set_rate(self, fps: float) -> None:
        """Frames per second, by which times are understood."""
        self._fps = fps

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        state = QValidator.State
        if not set(text.lower()) <= _LETTERS:
            return state.Invalid, text, position
        return (state.Intermediate if self._frame(text) is None else state.Acceptable), text, position

    def valueFromText(self, text: str) -> int:
        frame = self._frame(text)
        return self.value() if frame is None else frame

    def fixup(self, text: str) -> str:
        return self.textFromValue(self.value())

    def _frame(self, text: str) -> int | None:
        return typed_frame(text, here=self.value(), last=self.maximum(), fps=self._fps)
