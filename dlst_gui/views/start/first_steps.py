"""Leads a new user through the first three steps, above the frame; shown until each was done once."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSize, QTimer, Slot
from PySide6.QtGui import QFont, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from dlst_gui.session.session import Session
from dlst_gui.settings.keymap import KEY_PRESETS
from dlst_gui.settings.preferences import FirstStep
from dlst_gui.tracking.tracking_run import FrameTracked
from dlst_gui.views.actions.command_words import key_text
from dlst_gui.views.settings.user_settings import UserSettings
from dlst_gui.views.style.status_level import StatusLevel, set_status
from dlst_gui.views.style.wheel_passing import WheelPassing

BUTTON_SIDE = 26  # screen pixels
LIST_WIDTH = 210  # screen pixels
NARROWEST = 200  # screen pixels
EDGE, GAP, STEP_PADDING = 8, 6, 11  # screen pixels; the last one is the style sheet's
_FITS = ((True, True, True), (True, False, True), (False, True, True), (False, False, True), (False, False, False))
CLOSING_TIP = "Hide these steps; Settings can show them again"


class FirstSteps(QFrame):
    """The steps, the choice of keys, and what closes it. Where that is too wide, only the next step has words."""

    def __init__(self, session: Session, user: UserSettings) -> None:
        super().__init__()
        self._session = session
        self._user = user
        self.setObjectName("first_steps")
        self._labels = {step: QLabel() for step in FirstStep}
        self._closing = QToolButton()
        self._closing.setText("✕")
        self._closing.setToolTip(CLOSING_TIP)
        self._closing.setAccessibleName("Hide the first steps")
        self._closing.setFixedSize(BUTTON_SIDE, BUTTON_SIDE)
        self._presets = _preset_choice(self)
        row = QHBoxLayout(self)
        row.setSpacing(GAP)
        row.setContentsMargins(EDGE, 4, EDGE, 4)
        row.addStretch(1)
        for label in self._labels.values():
            label.setObjectName("step")
            row.addWidget(label)
        row.addStretch(1)
        row.addWidget(self._presets)
        row.addWidget(self._closing)
        self._closing.clicked.connect(self._on_closed)
        self._presets.activated.connect(self._on_preset_chosen)
        session.frame_tracked.connect(self._on_frame_tracked)
        session.project_opened.connect(self.refresh)
        user.preferences_changed.connect(self.refresh)
        user.keymap_changed.connect(self.refresh)
        self.refresh()

    @property
    def current(self) -> FirstStep | None:
        """What comes next; None once everything was done, and where nothing can be drawn."""
        if self._session.project is None or self._session.current_project.is_read_only:
            return None
        return next((step for step in FirstStep if step not in self._user.preferences.steps_done), None)

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(label.text() for label in self._labels.values())

    def minimumSizeHint(self) -> QSize:
        return QSize(NARROWEST, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # What is shown or hidden asks for another layout, and with it for another size: not within this one.
        QTimer.singleShot(0, self, self._fit)

    def refresh(self) -> None:
        """Tick off what was done, and mark what comes next."""
        self._presets.setCurrentIndex(self._presets.findData(self._user.keymap.preset))
        # As wide as what is chosen, not as the longest: the strip beside it needs the room more.
        self._presets.setMinimumContentsLength(len(self._presets.currentText()))
        self.setVisible(self.current is not None)
        self._fit()

    def _fit(self) -> None:
        """Say as much as there is room for: the words of other steps than the next one go, then their numbers."""
        room = self.width() - self._closing.width() - 2 * EDGE
        for has_words, has_presets, has_others in _FITS:
            texts = self._texts(has_words=has_words, has_others=has_others)
            widths = [self._width_of(label, texts[step]) for step, label in self._labels.items() if texts[step]]
            presets = self._presets.sizeHint().width() + GAP if has_presets else 0
            if sum(widths) + presets <= room:
                break
        self._presets.setVisible(has_presets)
        done = self._user.preferences.steps_done
        for step, label in self._labels.items():
            is_next = step is self.current
            level = StatusLevel.GOOD if step in done else StatusLevel.BUSY if is_next else StatusLevel.CALM
            set_status(label, texts[step], level)
            label.setVisible(bool(texts[step]))

    @staticmethod
    def _width_of(label: QLabel, text: str) -> int:
        label.ensurePolished()
        font = QFont(label.font())
        font.setBold(True)
        return QFontMetrics(font).horizontalAdvance(text) + 2 * STEP_PADDING + GAP

    def _texts(self, *, has_words: bool, has_others: bool) -> dict[FirstStep, str]:
        keys, done = self._user.keymap.keys("track"), self._user.preferences.steps_done
        words = {
            FirstStep.DRAW: "Draw a box around the object",
            FirstStep.TRACK: f"Press {key_text(keys[0])} to track" if keys else "Press Track",
            FirstStep.CORRECT: "Correct the box where it drifts",
        }
        texts = {}
        for number, step in enumerate(FirstStep, start=1):
            sign, is_next = "✓" if step in done else str(number), step is self.current
            texts[step] = f"{sign}  {words[step]}" if has_words or is_next else sign if has_others else ""
        return texts

    def _do(self, *steps: FirstStep) -> None:
        preferences = self._user.preferences
        self._user.set_preferences(replace(preferences, steps_done=preferences.steps_done | set(steps)))

    @Slot(object)
    def _on_frame_tracked(self, tracked: FrameTracked) -> None:
        if not tracked.is_human:
            self._do(FirstStep.DRAW, FirstStep.TRACK)

    @Slot(object)
    def note_drawn(self, _box: object) -> None:
        """A person has drawn or corrected a box."""
        # Not what lies in the project already: whoever asks for the steps again begins with the first.
        if self.current in (FirstStep.DRAW, FirstStep.CORRECT):
            self._do(self.current)

    @Slot()
    def _on_preset_chosen(self) -> None:
        self._user.set_keymap(self._user.keymap.with_preset(self._presets.currentData()))
        self._presets.clearFocus()

    @Slot()
    def _on_closed(self) -> None:
        self._do(*FirstStep)


def _preset_choice(parent: QWidget) -> QComboBox:
    """Which program's keys a newcomer is used to: some mean the opposite elsewhere."""
    choice = QComboBox(parent)
    WheelPassing(choice)
    choice.setToolTip("Use the keys of a program you know; Settings can change each of them")
    choice.setAccessibleName("Key preset")
    for preset in KEY_PRESETS:
        choice.addItem(f"Keys: {preset}", preset)
    choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    choice.view().setMinimumWidth(LIST_WIDTH)
    return choice
