"""Leads a new user through the first three steps, on the frame; shown until each was done once."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from dlst_gui.session.session import Session
from dlst_gui.settings.keymap import KEY_PRESETS
from dlst_gui.settings.preferences import FirstStep
from dlst_gui.tracking.tracking_run import FrameTracked
from dlst_gui.views.command_words import key_text
from dlst_gui.views.frame_view import FrameView
from dlst_gui.views.status_level import StatusLevel, set_status
from dlst_gui.views.user_settings import UserSettings

TOP = 12  # screen pixels from the upper edge of the frame view
BUTTON_SIDE = 26  # screen pixels
LIST_WIDTH = 210  # screen pixels
GAP = 6  # screen pixels between the strip and what is beside it
CLOSING_TIP = "Hide these steps; Settings can show them again"


class FirstSteps(QFrame):
    """The strip over the frame, through which the mouse goes; beside it the choice of keys, and what closes it."""

    def __init__(self, session: Session, user: UserSettings, view: FrameView) -> None:
        super().__init__(view)
        self._session = session
        self._user = user
        self._view = view
        self.setObjectName("first_steps")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._labels = {step: QLabel() for step in FirstStep}
        self._closing = QToolButton(view)
        self._closing.setObjectName("on_canvas")
        self._closing.setText("✕")
        self._closing.setToolTip(CLOSING_TIP)
        self._closing.setAccessibleName("Hide the first steps")
        self._closing.setFixedSize(BUTTON_SIDE, BUTTON_SIDE)
        self._presets = _preset_choice(view)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 8, 6)
        for label in self._labels.values():
            label.setObjectName("step")
            row.addWidget(label)
        view.installEventFilter(self)
        self._closing.clicked.connect(self._on_closed)
        self._presets.activated.connect(self._on_preset_chosen)
        view.box_edited.connect(self._on_box_edited)
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

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def refresh(self) -> None:
        """Tick off what was done, and mark what comes next."""
        current, done = self.current, self._user.preferences.steps_done
        keys = self._user.keymap.keys("track")
        words = {
            FirstStep.DRAW: "Draw a box around the object",
            FirstStep.TRACK: f"Press {key_text(keys[0])} to track" if keys else "Press Track",
            FirstStep.CORRECT: "Correct the box where it drifts",
        }
        for number, (step, label) in enumerate(self._labels.items(), start=1):
            level = StatusLevel.GOOD if step in done else StatusLevel.BUSY if step is current else StatusLevel.CALM
            set_status(label, f"{'✓' if step in done else number}  {words[step]}", level)
        self._presets.setCurrentIndex(self._presets.findData(self._user.keymap.preset))
        for widget in (self, self._closing):
            widget.setVisible(current is not None)
        self._place()

    def _place(self) -> None:
        self.adjustSize()
        self._presets.resize(self._presets.sizeHint().width(), BUTTON_SIDE)
        room = self._view.width() - self.width() - self._closing.width() - 3 * GAP
        has_room = room > self._presets.width() + GAP
        self._presets.setVisible(has_room and self.current is not None)
        beside = (self._presets, self._closing) if has_room else (self._closing,)
        left = (self._view.width() - self.width() - sum(widget.width() + GAP for widget in beside)) // 2
        self.move(max(left, GAP), TOP)
        left = self.geometry().right() + 1
        self.raise_()
        for widget in beside:
            widget.move(left + GAP, TOP + (self.height() - BUTTON_SIDE) // 2)
            widget.raise_()
            left = widget.geometry().right() + 1

    def _do(self, *steps: FirstStep) -> None:
        preferences = self._user.preferences
        self._user.set_preferences(replace(preferences, steps_done=preferences.steps_done | set(steps)))

    @Slot(object)
    def _on_frame_tracked(self, tracked: FrameTracked) -> None:
        if not tracked.is_human:
            self._do(FirstStep.DRAW, FirstStep.TRACK)

    @Slot(object)
    def _on_box_edited(self, _box: object) -> None:
        # Not what lies in the project already: whoever asks for the steps again begins with the first.
        if self.current in (FirstStep.DRAW, FirstStep.CORRECT):
            self._do(self.current)

    @Slot()
    def _on_preset_chosen(self) -> None:
        self._user.set_keymap(self._user.keymap.with_preset(self._presets.currentData()))
        self._view.setFocus()

    @Slot()
    def _on_closed(self) -> None:
        self._do(*FirstStep)


def _preset_choice(parent: QWidget) -> QComboBox:
    """Which program's keys a newcomer is used to: some mean the opposite elsewhere."""
    choice = QComboBox(parent)
    choice.setObjectName("on_canvas")
    choice.setToolTip("Use the keys of a program you know; Settings can change each of them")
    choice.setAccessibleName("Key preset")
    for preset in KEY_PRESETS:
        choice.addItem(f"Keys: {preset}", preset)
    # As wide as the shortest: the strip beside it needs the room more. The list shows all of each.
    choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    choice.setMinimumContentsLength(len("Keys: CVAT"))
    choice.view().setMinimumWidth(LIST_WIDTH)
    return choice
