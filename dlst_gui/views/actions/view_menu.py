"""Commands that show or hide something."""

from __future__ import annotations

from dlst_gui.overlays import OVERLAYS, OverlayInfo
from dlst_gui.views.action_specs import VIDEO, ActionSpec, ToggleSpec
from dlst_gui.views.actions.needs import DEEP_IMAGES


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


VIEW_MENU: tuple[ActionSpec | ToggleSpec, ...] = (
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
        "Range of &Values…",
        "Choose which values of images with over 8 bits are black and white",
        lambda w: w.dialogs.choose_range(),
        need=DEEP_IMAGES,
    ),
    *(overlay_toggle(made.info, begins_group=made is OVERLAYS[0]) for made in OVERLAYS),
    ToggleSpec(
        "color-by-score",
        "&View",
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
        "Show what the colours mean",
        lambda w, on: w.workspace.frame_view.set_legend_visible(on),
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
    ToggleSpec(
        "labels",
        "&View",
        "&Labels and Attributes",
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
        "Re&view Findings",
        "List what is left to review, to be ticked off",
        lambda w, on: w.show_panel("findings", on),
        ("Ctrl+Shift+G",),
        is_on_at_start=False,
    ),
)
