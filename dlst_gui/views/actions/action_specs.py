"""What a command of the window is, and what it may call."""
# ruff: noqa: D102 - the protocol's functions are described where they are done

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from dlst_gui.session.editing import Editing
from dlst_gui.session.identities import Identities
from dlst_gui.session.labelling import Labelling
from dlst_gui.session.reviewing import Reviewing
from dlst_gui.session.run_state import RunState
from dlst_gui.session.session import Session
from dlst_gui.settings.keymap import Keys
from dlst_gui.views.actions.hints import without_project
from dlst_gui.views.workspace import Workspace


class ExchangeTarget(Protocol):
    """What imports and exports, as far as commands need it."""

    def show_export(self) -> object: ...

    def show_video_export(self) -> object: ...

    def show_import(self) -> object: ...


class LabelSetTarget(Protocol):
    """What asks for files of label sets, as far as commands need it."""

    def choose_to_take(self) -> None: ...

    def choose_to_write(self) -> None: ...


class EvidenceTarget(Protocol):
    """What the tracker saw on the shown frame, made into something else."""

    def export(self) -> None: ...

    def copy_figure(self) -> None: ...


class JobTarget(Protocol):
    """What asks about a list of videos, as far as commands need it."""

    def choose_list_target(self) -> None: ...

    def show_export(self) -> object: ...

    def show_overnight(self) -> object: ...


class AskingTarget(Protocol):
    """What asks a person before it does something, as far as commands need it."""

    @property
    def exchange(self) -> ExchangeTarget: ...

    def choose_file(self) -> None: ...

    def choose_folder(self) -> None: ...

    def choose_copy(self) -> None: ...

    def choose_earlier_state(self) -> None: ...

    @property
    def choose_range(self) -> Callable[[], object]: ...

    def choose_label(self) -> None: ...

    def choose_color(self) -> None: ...

    def choose_attributes(self, *, of_frame: bool) -> None: ...

    def swap_objects(self) -> None: ...

    def merge_objects(self) -> None: ...

    def choose_frame_to_track_to(self) -> None: ...

    def choose_keyframes(self) -> None: ...

    def delete_boxes(self) -> None: ...


class ActionTarget(Protocol):
    """The window, as far as commands need it."""

    @property
    def session(self) -> Session: ...

    @property
    def workspace(self) -> Workspace: ...

    @property
    def editing(self) -> Editing: ...

    @property
    def identities(self) -> Identities: ...

    @property
    def labelling(self) -> Labelling: ...

    @property
    def label_set(self) -> LabelSetTarget: ...

    @property
    def reviewing(self) -> Reviewing: ...

    @property
    def dialogs(self) -> AskingTarget: ...

    @property
    def job_dialogs(self) -> JobTarget: ...

    @property
    def evidence_export(self) -> EvidenceTarget: ...

    @property
    def long_step(self) -> int: ...

    def set_continues_after_correction(self, continues: bool) -> None: ...

    def set_stops_at_keyframe(self, stops: bool) -> None: ...

    def show_panel(self, name: str, is_visible: bool) -> None: ...

    def reset_panels(self) -> None: ...

    def show_jobs(self, is_visible: bool) -> None: ...

    def fit_frame(self) -> None: ...

    def set_explaining(self, is_on: bool) -> None: ...

    def show_why(self) -> None: ...

    def ask_what_if(self) -> object: ...

    def draw_new_track(self) -> None: ...

    def cancel_drawing(self) -> None: ...

    def tell_where_saved(self) -> None: ...

    def open_demo_clip(self) -> None: ...

    def show_settings(self) -> None: ...

    def show_key_help(self) -> None: ...

    def show_command_palette(self) -> None: ...

    def show_log_folder(self) -> None: ...

    def close(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Need:
    """What a command waits for; `reason` tells the user where it is not met, unless `why_not` knows better."""

    is_met: Callable[[Session], bool]
    reason: str
    is_edit: bool = False

    def why_not(self, session: Session) -> str:
        """Why it is not met now."""
        if self.is_edit and session.current_project.is_read_only:
            return session.current_project.notice
        if self.is_edit and session.state is RunState.EMPTY:
            return VIDEO.reason
        if self.is_edit and session.project is None:
            return without_project(session)
        if self.is_edit and session.long_change.is_going:
            return f"Still {session.long_change.word}: wait until that is complete, or cancel it"
        return self.reason


NOTHING = Need(lambda session: True, "")
VIDEO = Need(lambda session: session.state is not RunState.EMPTY, "Open a video first")


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One command.

    Attributes:
        menu: title of the menu it is in, `&Edit/Adj&ust Box` for one within another; a new group begins where
            `begins_group`.
        keys: in the preset "CVAT", spelled as `canonical_key` does; the first one is shown in the menu.
        trigger: what it does.
        need: asked whenever the session changes.
        icon: `resources/icon-<icon>.svg`.
        is_everywhere: its keys work in dialogs beside the window too.
    """

    name: str
    menu: str
    text: str
    tip: str
    trigger: Callable[[ActionTarget], object]
    keys: Keys = ()
    need: Need = NOTHING
    icon: str = ""
    begins_group: bool = False
    is_everywhere: bool = False


@dataclass(frozen=True, slots=True)
class ToggleSpec:
    """Something that is on or off.

    Attributes:
        is_kept: for the next start, where it is in the View menu.
        is_peeked: its key shows it for as long as it is held, and a tap stays.
    """

    name: str
    menu: str
    text: str
    tip: str
    toggle: Callable[[ActionTarget, bool], object]
    keys: Keys = ()
    is_on_at_start: bool = True
    icon: str = ""
    begins_group: bool = False
    need: Need = VIDEO
    is_kept: bool = True
    is_peeked: bool = False
