"""Commands that show or hide something."""

from __future__ import annotations

from dlst_gui.overlays import OVERLAYS, OverlayInfo
from dlst_gui.views.actions.action_specs import VIDEO, ActionSpec, ToggleSpec
from dlst_gui.views.actions.needs import DEEP_IMAGES, JOBS, PROJECT
from dlst_gui.views.evidence.panel_spec import PanelSpec
from dlst_gui.views.evidence.panels import PANELS

_EXPLAIN_MENU = "&View/Explain Sho&ws"
_EVIDENCE_MENU = "&View/Eviden&ce"


def overlay_toggle(info: OverlayInfo, *, begins_group: bool) -> ToggleSpec:
    """An overlay's entry in the View menu; what explains the tracker is in a menu of its own."""
    return ToggleSpec(
        info.name,
        _EXPLAIN_MENU if info.explains else "&View",
        info.text,
        info.tip,
        lambda w, on: w.workspace.show_overlay(info.name, on),
        (info.shortcut,) if info.shortcut else (),
        info.is_on_at_start,
        info.name,
        begins_group,
        is_kept=not info.explains,
    )


def evidence_toggle(spec: PanelSpec) -> ToggleSpec:
    """A panel of evidence in the View menu."""
    return ToggleSpec(
        spec.name,
        _EVIDENCE_MENU,
        spec.text,
        spec.tip,
        lambda w, on: w.show_panel(spec.name, on),
        spec.keys,
        is_on_at_start=False,
    )


VIEW_MENU: tuple[ActionSpec | ToggleSpec, ...] = (
    ActionSpec(
        "fit",
        "&View",
        "&Fit",
        "Show the whole frame",
        lambda w: w.fit_frame(),
        ("Ctrl+F",),
        VIDEO,
        "fit",
    ),
    ActionSpec(
        "actual-size",
        "&View",
        "Actual Si&ze",
        "Show one video pixel as one screen pixel",
        lambda w: w.workspace.frame_view.show_actual_size(),
        ("Ctrl+0",),
        VIDEO,
    ),
    ActionSpec(
        "range",
        "&View",
        "Ran&ge of Values…",
        "Choose which values of images with over 8 bits are black and white",
        lambda w: w.dialogs.choose_range(),
        need=DEEP_IMAGES,
    ),
    ToggleSpec(
        "zoom-object",
        "&View",
        "Zoo&m to Object",
        "Show the selected object large and keep it in the middle from frame to frame",
        lambda w, on: w.workspace.frame_view.set_following(on),
        ("Shift+Z",),
        is_on_at_start=False,
        icon="zoom-object",
        is_kept=False,
    ),
    ToggleSpec(
        "loupe",
        "&View",
        "Lo&upe",
        "Show single pixels under the mouse, beside those of the frame shown before",
        lambda w, on: w.workspace.frame_view.set_loupe_visible(on),
        ("Alt+Z",),
        is_on_at_start=False,
        is_kept=False,
    ),
    ToggleSpec(
        "explain",
        "&View",
        "E&xplain",
        "Show how the tracker came to its box; hold the key for a look, tap it to let it stay",
        lambda w, on: w.set_explaining(on),
        ("Z",),
        is_on_at_start=False,
        icon="explain",
        begins_group=True,
        is_kept=False,
        is_peeked=True,
    ),
    *(overlay_toggle(made.info, begins_group=made is OVERLAYS[0]) for made in OVERLAYS),
    ToggleSpec(
        "color-by-score",
        _EXPLAIN_MENU,
        "&Colour Candidates by Score",
        "Colour candidates by score instead of by origin",
        lambda w, on: w.workspace.color_candidates_by_score(on),
        ("Shift+J",),
        is_on_at_start=False,
    ),
    ToggleSpec(
        "legend",
        "&View",
        "&Legend",
        "Say in the inspector what is drawn on the frame",
        lambda w, on: w.workspace.inspector.set_legend_visible(on),
        ("Shift+L",),
    ),
    ToggleSpec(
        "crosshair",
        "&View",
        "Cr&osshair",
        "Show lines through the cursor where a box can be drawn",
        lambda w, on: w.workspace.frame_view.editor.set_crosshair_visible(on),
        ("Shift+X",),
    ),
    ToggleSpec(
        "inspector",
        "&View",
        "&Inspector",
        "Show the tracker's diagnostics for this frame",
        lambda w, on: w.show_panel("inspector", on),
        ("I",),
        begins_group=True,
    ),
    ActionSpec(
        "why",
        _EVIDENCE_MENU,
        "&Why Is It Wrong?",
        "Say in the inspector why the box of this frame is wrong, and mark it in the picture",
        lambda w: w.show_why(),
        ("Shift+E",),
        VIDEO,
    ),
    *(evidence_toggle(spec) for spec in PANELS),
    ToggleSpec(
        "keep-all-evidence",
        _EVIDENCE_MENU,
        "Keep &Evidence of All Frames",
        "Write what the tracker sees on every frame beside the project, not on those alone that may be wrong",
        lambda w, on: w.session.evidence.set_keeps_all(on),
        is_on_at_start=False,
        begins_group=True,
    ),
    ActionSpec(
        "export-evidence",
        _EVIDENCE_MENU,
        "E&xport Evidence…",
        "Write what the tracker saw here: a figure for a paper, a table of candidates, or a file for a bug report",
        lambda w: w.evidence_export.export(),
        (),
        PROJECT,
        begins_group=True,
    ),
    ActionSpec(
        "copy-figure",
        _EVIDENCE_MENU,
        "Copy Fi&gure",
        "Put what the tracker saw here into the clipboard, as a figure",
        lambda w: w.evidence_export.copy_figure(),
        (),
        PROJECT,
    ),
    ToggleSpec(
        "labels",
        "&View",
        "Labels &and Attributes",
        "Show what is said of the object, and what can be",
        lambda w, on: w.show_panel("labels", on),
        ("F7",),
    ),
    ToggleSpec(
        "settings",
        "&View",
        "&Tracker Settings",
        "Choose preset, speed, backbone and seed",
        lambda w, on: w.show_panel("settings", on),
        ("F2",),
    ),
    ToggleSpec(
        "timeline",
        "&View",
        "Timeli&ne",
        "Show all objects along the timeline",
        lambda w, on: w.show_panel("timeline", on),
        ("Shift+P",),
    ),
    ToggleSpec(
        "corrections",
        "&View",
        "Manual Box&es",
        "List the manual boxes of this object, from which the tracker learns",
        lambda w, on: w.show_panel("corrections", on),
        ("Shift+Y",),
        is_on_at_start=False,
    ),
    ToggleSpec(
        "findings",
        "&View",
        "Review Fin&dings",
        "List what is left to review, to be ticked off",
        lambda w, on: w.show_panel("findings", on),
        ("Ctrl+Shift+G",),
        is_on_at_start=False,
    ),
    ToggleSpec(
        "jobs",
        "&View",
        "&Videos",
        "List the videos of the open folder or job list",
        lambda w, on: w.show_jobs(on),
        ("Shift+V",),
        need=JOBS,
    ),
    ActionSpec(
        "reset-panels",
        "&View",
        "Re&set Panels",
        "Put the panels where they are at the first start, as large as they are then",
        lambda w: w.reset_panels(),
        need=VIDEO,
        begins_group=True,
    ),
)
