"""Every command of the window in one table: its menu entry, keys, button and what it calls."""

from __future__ import annotations

from collections.abc import Mapping

from dlst_gui.keymap import Keys
from dlst_gui.overlays import OVERLAYS, OverlayInfo
from dlst_gui.run_state import RunState
from dlst_gui.session import Session
from dlst_gui.views.action_specs import VIDEO, ActionSpec, Need, ToggleSpec


def _is_editable(session: Session) -> bool:
    return VIDEO.is_met(session) and not session.state.is_busy


def _can_remove(session: Session) -> bool:
    return _is_editable(session) and session.target.keyframe(session.playhead.frame_index) is not None


def _has_first_box(session: Session) -> bool:
    source = session.playhead.source
    return _is_editable(session) and source is not None and source.first_box is not None


_EDITABLE = Need(_is_editable, "Open a video, or pause the tracker, first")
_OWN_BOX = Need(_can_remove, "There is no box of yours on this frame, or the tracker is at work")
_FIRST_BOX = Need(_has_first_box, "This video comes without ground truth, or the tracker is at work")
_BOX = Need(lambda session: session.can_track, "Draw a box first, or wait until the tracker pauses")
_BOX_OR_RUN = Need(lambda session: session.state.is_busy or session.can_track, "Draw a box first")
_RUN = Need(lambda session: session.state.is_busy or session.state is RunState.PAUSED, "Nothing is being tracked")


def overlay_toggle(info: OverlayInfo, *, begins_group: bool) -> ToggleSpec:
    """The View menu's entry of an overlay."""
    return ToggleSpec(
        info.name,
        "&View",
        info.text,
        info.tip,
        lambda w, on: w.workspace.show_overlay(info.name, on),
        (info.shortcut,) if info.shortcut else (),
        info.is_on_at_start,
        info.name,
        begins_group,
    )


ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "open-file",
        "&File",
        "&Open Video…",
        "Open a video file",
        lambda w: w.choose_file(),
        ("Ctrl+O",),
        icon="open",
    ),
    ActionSpec(
        "open-folder",
        "&File",
        "Open &Folder…",
        "Open a folder of images, or a sequence with ground truth",
        lambda w: w.choose_folder(),
        ("Ctrl+Shift+O",),
    ),
    ActionSpec(
        "open-demo",
        "&File",
        "Open &Demo Clip",
        "Open the clip that comes with the program",
        lambda w: w.open_demo_clip(),
    ),
    ActionSpec(
        "quit",
        "&File",
        "&Quit",
        "End the program; a run is stopped",
        lambda w: w.close(),
        ("Ctrl+Q",),
        begins_group=True,
    ),
    ActionSpec(
        "new-box",
        "&Edit",
        "&New Box",
        "Draw a new box with the next drag, also on top of the present one",
        lambda w: w.workspace.frame_view.editor.draw_new(),
        ("N",),
        _EDITABLE,
        "new-box",
    ),
    ActionSpec(
        "first-box",
        "&Edit",
        "Use First &Ground-Truth Box",
        "Start from the box that the sequence comes with",
        lambda w: w.session.use_first_box(),
        ("Ctrl+G",),
        _FIRST_BOX,
    ),
    ActionSpec(
        "remove-box",
        "&Edit",
        "&Remove Box",
        "Take back your box on this frame, and what was tracked from it",
        lambda w: w.session.remove_box(),
        ("Del",),
        _OWN_BOX,
    ),
    ActionSpec(
        "cancel",
        "&Edit",
        "&Cancel Drawing",
        "Give up the drag",
        lambda w: w.workspace.frame_view.editor.cancel(),
        ("Esc",),
        VIDEO,
    ),
    ActionSpec(
        "preferences",
        "&Edit",
        "&Settings…",
        "Choose looks, habits and keys",
        lambda w: w.show_settings(),
        ("Ctrl+,",),
        begins_group=True,
    ),
    ActionSpec(
        "track",
        "&Track",
        "&Track",
        "Track to the end; press again to pause",
        lambda w: w.session.toggle_tracking(),
        ("T",),
        _BOX_OR_RUN,
        "track",
    ),
    ActionSpec(
        "step",
        "&Track",
        "&Step",
        "Track one frame, then pause",
        lambda w: w.session.step(),
        (".",),
        _BOX,
        "step",
    ),
    ActionSpec(
        "stop",
        "&Track",
        "St&op",
        "End the run; its boxes stay",
        lambda w: w.session.stop(),
        ("Ctrl+.",),
        _RUN,
        "stop",
    ),
    ActionSpec(
        "play",
        "&Go",
        "&Play",
        "Play the video, without tracking; press again to halt",
        lambda w: w.session.toggle_play(),
        ("Space", "Alt+Space"),
        VIDEO,
        "play",
    ),
    ActionSpec(
        "next",
        "&Go",
        "&Next Frame",
        "Show the next frame",
        lambda w: w.session.seek_by(1),
        ("F", "Right", "Alt+Right"),
        VIDEO,
        "next",
        begins_group=True,
    ),
    ActionSpec(
        "previous",
        "&Go",
        "Pre&vious Frame",
        "Show the frame before",
        lambda w: w.session.seek_by(-1),
        ("D", "Left", "Alt+Left"),
        VIDEO,
        "previous",
    ),
    ActionSpec(
        "forward",
        "&Go",
        "Long Step F&orward",
        "Go several frames on; the settings say how many",
        lambda w: w.session.seek_by(w.long_step),
        ("V", "PgDown", "Alt+Shift+Right"),
        VIDEO,
    ),
    ActionSpec(
        "back",
        "&Go",
        "Long Step &Back",
        "Go several frames back; the settings say how many",
        lambda w: w.session.seek_by(-w.long_step),
        ("C", "PgUp", "Alt+Shift+Left"),
        VIDEO,
    ),
    ActionSpec(
        "first",
        "&Go",
        "&First Frame",
        "Go to the beginning",
        lambda w: w.session.seek(0),
        ("Home",),
        VIDEO,
        "first",
    ),
    ActionSpec(
        "last",
        "&Go",
        "&Last Frame",
        "Go to the end",
        lambda w: w.session.seek(w.session.playhead.last_frame),
        ("End",),
        VIDEO,
        "last",
    ),
    ActionSpec(
        "next-keyframe",
        "&Go",
        "Next &Keyframe",
        "Go to the next frame with a box of yours",
        lambda w: w.session.seek_keyframe(forward=True),
        ("R", "Ctrl+Alt+Right"),
        VIDEO,
        begins_group=True,
    ),
    ActionSpec(
        "previous-keyframe",
        "&Go",
        "Previous K&eyframe",
        "Go to the frame before with a box of yours",
        lambda w: w.session.seek_keyframe(forward=False),
        ("E", "Ctrl+Alt+Left"),
        VIDEO,
    ),
    ActionSpec(
        "go-to-frame",
        "&Go",
        "&Go to Frame…",
        "Type a frame number",
        lambda w: w.workspace.frame_bar.focus_number(),
        ("Ctrl+J", "`"),
        VIDEO,
    ),
    ActionSpec(
        "fit",
        "&View",
        "&Fit",
        "Show the whole frame",
        lambda w: w.workspace.frame_view.fit(),
        ("Ctrl+F",),
        VIDEO,
        "fit",
    ),
    ActionSpec(
        "keys",
        "&Help",
        "&Keys and Mouse",
        "Show what every key and the mouse do",
        lambda w: w.show_key_help(),
        ("F1",),
    ),
    ActionSpec(
        "palette",
        "&Help",
        "&Find a Command…",
        "Type to find a command and give it",
        lambda w: w.show_command_palette(),
        ("Ctrl+Shift+P",),
    ),
    ActionSpec(
        "log-folder",
        "&Help",
        "Show &Log Folder",
        "Open the folder of the log files",
        lambda w: w.show_log_folder(),
    ),
)
"""In the order of the menus."""

TOGGLES: tuple[ToggleSpec, ...] = (
    *(overlay_toggle(made.info, begins_group=made is OVERLAYS[0]) for made in OVERLAYS),
    ToggleSpec(
        "color-by-score",
        "&View",
        "&Colour Candidates by Score",
        "Colour candidates by their score instead of by the centre they were drawn around",
        lambda w, on: w.workspace.color_candidates_by_score(on),
        ("Shift+J",),
        is_on_at_start=False,
    ),
    ToggleSpec(
        "legend",
        "&View",
        "&Legend",
        "Show what the colours mean",
        lambda w, on: w.workspace.frame_view.set_legend_visible(on),
        ("Shift+L",),
    ),
    ToggleSpec(
        "inspector",
        "&View",
        "&Inspector",
        "Show in numbers what the tracker saw on this frame",
        lambda w, on: w.show_panel("inspector", on),
        ("I",),
        begins_group=True,
    ),
    ToggleSpec(
        "settings",
        "&View",
        "&Tracker Settings",
        "Choose preset, backbone and seed",
        lambda w, on: w.show_panel("settings", on),
        ("F2",),
    ),
    ToggleSpec(
        "score-plot",
        "&View",
        "Score &Plot",
        "Show the score of every frame",
        lambda w, on: w.show_panel("score-plot", on),
        ("Shift+P",),
    ),
    ToggleSpec(
        "continue",
        "&Track",
        "&Continue After Correction",
        "Let tracking go on by itself once the tracker has learned a correction",
        lambda w, on: w.set_continues_after_correction(on),
        begins_group=True,
    ),
    ToggleSpec(
        "follow",
        "&Track",
        "&Follow the Tracker",
        "Show each frame as it is tracked; looking at another one ends this",
        lambda w, on: w.session.set_follows_tracker(on),
        ("Shift+F",),
    ),
)
"""In the order of the menus."""

COMMANDS: tuple[ActionSpec | ToggleSpec, ...] = (*ACTIONS, *TOGGLES)


def base_keys() -> Mapping[str, Keys]:
    """The keys of every command in the preset "CVAT"."""
    return {spec.name: spec.keys for spec in COMMANDS}
