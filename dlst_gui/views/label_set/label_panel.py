"""The panel of labels and attributes: what is said of the selected object, and what can be."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QMenu, QPushButton, QScrollArea, QVBoxLayout, QWidget

from dlst_gui.project.attributes import Attribute, AttributeScope
from dlst_gui.project.tracks import Visibility
from dlst_gui.session.editing import Editing
from dlst_gui.session.labelling import Labelling
from dlst_gui.session.session import Session
from dlst_gui.views.actions.action_set import ActionSet
from dlst_gui.views.dialogs.closing_dialogs import closing_with_project
from dlst_gui.views.label_set.attribute_dialog import AttributeDialog
from dlst_gui.views.label_set.label_dialog import LabelDialog
from dlst_gui.views.label_set.label_list import LabelList
from dlst_gui.views.label_set.value_form import ValueForm
from dlst_gui.views.style.throttle import Throttle

INTERVAL_MS = 100
NO_LABELS = "No labels yet. Add some, or import a label set."


class LabelPanel(QScrollArea):
    """Reads the session and asks it; keeps nothing."""

    def __init__(self, session: Session, editing: Editing, labelling: Labelling, actions: ActionSet) -> None:
        super().__init__()
        self._session = session
        self._editing = editing
        self._labelling = labelling
        self._actions = actions
        self._title = QLabel()
        self._title.setObjectName("panel_title")
        self._title.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.list = LabelList()
        self.form = ValueForm()
        self._empty = QLabel(NO_LABELS)
        self._empty.setProperty("quiet", True)
        self._empty.setWordWrap(True)
        self._values_heading = QLabel("Attributes")
        self._values_heading.setObjectName("heading")
        self._shown = labelling.subject
        self._throttle = Throttle(self, INTERVAL_MS)
        self._throttle.due.connect(self._show)
        content = QWidget()
        self._fill(QVBoxLayout(content))
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Labels and attributes")
        self._connect()
        self._show()

    def focus_field(self, attribute_id: int) -> None:
        """Let a value be written."""
        self._show()
        field = self.form.field(attribute_id)
        if field is not None:
            field.show()  # one that was just made is hidden until Qt comes to it, and would not take the focus
            field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _fill(self, layout: QVBoxLayout) -> None:
        layout.setContentsMargins(12, 10, 12, 12)
        layout.addWidget(self._title)
        layout.addWidget(self._empty)
        layout.addWidget(self.list)
        self._add_label = QPushButton("Add Label…")
        self._add_label.clicked.connect(self._on_add_label)
        self._file = QPushButton("Label Set")
        menu = QMenu(self._file)
        menu.addAction(self._actions["take-label-set"])
        menu.addAction(self._actions["write-label-set"])
        self._file.setMenu(menu)
        row = QHBoxLayout()
        row.addWidget(self._add_label)
        row.addWidget(self._file)
        row.addStretch(1)
        layout.addLayout(row)
        layout.addWidget(self._values_heading)
        layout.addWidget(self.form)
        self._add_attribute = QPushButton("Add Attribute…")
        self._add_attribute.clicked.connect(self._on_add_attribute)
        row = QHBoxLayout()
        row.addWidget(self._add_attribute)
        row.addStretch(1)
        layout.addLayout(row)
        layout.addStretch(1)

    def _connect(self) -> None:
        session, playhead = self._session, self._session.playhead
        for signal in (
            session.project_opened,
            session.project_changed,
            session.selection_changed,
            session.state_changed,
            playhead.frame_changed,
        ):
            signal.connect(self._throttle.request)
        session.tracking.requested.connect(self.form.give)
        self.list.label_chosen.connect(self._labelling.give_label)
        self.list.edit_asked.connect(self._on_edit_label)
        self.list.removal_asked.connect(self._labelling.remove_label)
        self.form.said.connect(self._on_said)
        self.form.occlusion_toggled.connect(lambda: self._editing.toggle_visibility(Visibility.OCCLUDED))
        self.form.edit_asked.connect(self._on_edit_attribute)
        self.form.removal_asked.connect(self._labelling.remove_attribute)
        self.form.offer_asked.connect(self._on_offer_asked)

    @Slot()
    def _show(self) -> None:
        session, labelling = self._session, self._labelling
        self._give_written()
        labels = labelling.offered.labels
        is_new = session.selection.begins_new_track
        present = labelling.label_here
        number = "" if is_new or session.selected_track is None else f" {session.selected_track}"
        self._title.setText(f"{present}{number}" if not is_new else f"Next object: {present}")
        self._title.setVisible(session.project is not None)
        self._empty.setVisible(not labels)
        self.list.setVisible(bool(labels))
        self.list.show_labels(labels, [self._key_of("label", each.hotkey) for each in labels], present)
        shown = session.selection.shown_here
        has_object = session.selected_track is not None and not is_new
        self._values_heading.setVisible(has_object)
        self.form.setVisible(has_object)
        if has_object:
            is_occluded = shown is not None and shown.visibility is Visibility.OCCLUDED
            values = labelling.values()
            hotkeys = [each.attribute.hotkey for each in values]
            self.form.show_keys({each: self._key_of("attribute", each) for each in hotkeys})
            self.form.show_values(values, labelling.free_values(), is_occluded=is_occluded)
        is_editable = session.can_edit
        for widget in (self.list, self.form, self._add_label, self._add_attribute):
            widget.setEnabled(is_editable)

    def _key_of(self, kind: str, hotkey: str) -> str:
        """What is pressed for the label or attribute of this number; "" for nothing."""
        if not hotkey:
            return ""
        shortcut = self._actions[f"{kind}-{hotkey}"].shortcut()
        return shortcut.toString(QKeySequence.SequenceFormat.NativeText)

    def _give_written(self) -> None:
        """What is being written is of what was shown until now; it is taken before another object or frame is."""
        before, now = self._shown, self._labelling.subject
        if before != now:
            self.form.give(of_frames_only=before.track_id == now.track_id)
            self._shown = now

    @Slot(str, str, bool)
    def _on_said(self, name: str, value: str, is_of_frame: bool) -> None:
        self._labelling.say(name, value, is_of_frame=is_of_frame, of=self._shown)
        self._throttle.request()  # also where nothing was said, so that the field shows what holds

    @Slot()
    def _on_add_label(self) -> None:
        self._ask(LabelDialog(self._labelling.new_label(), self._labelling.offer_label, self.window()))

    @Slot(str)
    def _on_edit_label(self, name: str) -> None:
        found = next((label for label in self._labelling.offered.labels if label.name == name), None)
        if found is not None:
            take = self._labelling.offer_label
            self._ask(LabelDialog(found, lambda label: take(label, instead_of=name), self.window()))

    @Slot()
    def _on_add_attribute(self) -> None:
        self._describe(self._labelling.new_attribute())

    @Slot(int)
    def _on_edit_attribute(self, attribute_id: int) -> None:
        offered = self._labelling.offered.attributes
        found = next((each for each in offered if each.attribute_id == attribute_id), None)
        if found is not None:
            self._describe(found)

    @Slot(str, bool)
    def _on_offer_asked(self, name: str, is_of_frames: bool) -> None:
        scope = AttributeScope.FRAME if is_of_frames else AttributeScope.OBJECT
        self._describe(replace(self._labelling.new_attribute(name), scope=scope))

    def _describe(self, attribute: Attribute) -> None:
        labels = tuple(label.name for label in self._labelling.offered.labels)
        self._ask(AttributeDialog(attribute, labels, self._labelling.offer_attribute, self.window()))

    def _ask(self, dialog: QDialog) -> None:
        closing_with_project(dialog, self._session).open()
