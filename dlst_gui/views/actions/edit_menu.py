"""Commands that change boxes, and the settings."""

from __future__ import annotations

from dlst_gui.views.action_specs import VIDEO, ActionSpec
from dlst_gui.views.actions.needs import EDITABLE, FIRST_BOX, OWN_BOX

NEAR, FAR = 1, 10  # image pixels; ours
GROWTH = 1.05  # ours
_ADJUST_MENU = "&Edit/Adj&ust Box"


def _nudge(text: str, key: str, x: int, y: int) -> ActionSpec:
    """Moves the box by image pixels."""
    far = max(abs(x), abs(y)) == FAR
    return ActionSpec(
        f"nudge-{key.lower()}{'-far' if far else ''}",
        _ADJUST_MENU,
        text,
        f"Move the box by {FAR if far else NEAR} px",
        lambda w: w.workspace.frame_view.editor.nudge(x, y),
        (f"Ctrl+{'Shift+' if far else ''}{key}",),
        EDITABLE,
    )


def _resize(name: str, text: str, tip: str, key: str, factor: float) -> ActionSpec:
    """Resizes the box about its middle."""
    return ActionSpec(
        name,
        _ADJUST_MENU,
        text,
        tip,
        lambda w: w.workspace.frame_view.editor.resize_by(factor),
        (key,),
        EDITABLE,
    )


EDIT_MENU: tuple[ActionSpec, ...] = (
    ActionSpec(
        "new-box",
        "&Edit",
        "&New Box",
        "Draw a new box with the next drag, also on top of the present one",
        lambda w: w.workspace.frame_view.editor.draw_new(),
        ("N",),
        EDITABLE,
        "new-box",
    ),
    ActionSpec(
        "first-box",
        "&Edit",
        "Use First &Ground-Truth Box",
        "Start from the box that the sequence comes with",
        lambda w: w.session.use_first_box(),
        ("Ctrl+G",),
        FIRST_BOX,
    ),
    ActionSpec(
        "remove-box",
        "&Edit",
        "&Remove Box",
        "Take back your box on this frame, and what was tracked from it",
        lambda w: w.session.remove_box(),
        ("Del",),
        OWN_BOX,
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
    _nudge("Nudge &Left", "Left", -NEAR, 0),
    _nudge("Nudge &Right", "Right", NEAR, 0),
    _nudge("Nudge &Up", "Up", 0, -NEAR),
    _nudge("Nudge &Down", "Down", 0, NEAR),
    _nudge("Nudge Far L&eft", "Left", -FAR, 0),
    _nudge("Nudge Far R&ight", "Right", FAR, 0),
    _nudge("Nudge Far U&p", "Up", 0, -FAR),
    _nudge("Nudge Far D&own", "Down", 0, FAR),
    _resize("grow-box", "&Grow Box", "Make the box a little larger", "Ctrl+Alt+Up", GROWTH),
    _resize("shrink-box", "&Shrink Box", "Make the box a little smaller", "Ctrl+Alt+Down", 1 / GROWTH),
    ActionSpec(
        "preferences",
        "&Edit",
        "&Settings…",
        "Choose looks, habits and keys",
        lambda w: w.show_settings(),
        ("Ctrl+,",),
        begins_group=True,
    ),
)
