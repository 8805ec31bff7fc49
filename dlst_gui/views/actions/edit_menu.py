"""Commands that change boxes, and the settings."""

from __future__ import annotations

from collections.abc import Callable

from dlst_gui.project.tracks import Visibility
from dlst_gui.settings.preferences import DeleteScope
from dlst_gui.views.actions.action_specs import VIDEO, ActionSpec, ActionTarget
from dlst_gui.views.actions.needs import EDITABLE, FIRST_BOX, OWN_BOX, REDO, SHOWN_BOX, TRACK, UNDO, WRITABLE

NEAR, FAR = 1, 10  # image pixels; ours
GROWTH = 1.05  # ours
_PICK_MENU = "&Edit/Pick Candidat&e"
_ADJUST_MENU = "&Edit/Ad&just Box"


def _pick(number: int) -> Callable[[ActionTarget], object]:
    return lambda w: w.editing.pick(number)


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
        "undo",
        "&Edit",
        "&Undo",
        "Undo the latest step; a tracking run counts as one step",
        lambda w: w.session.undo(),
        ("Ctrl+Z",),
        UNDO,
    ),
    ActionSpec(
        "redo",
        "&Edit",
        "Re&do",
        "Redo the step that was undone last",
        lambda w: w.session.redo(),
        ("Ctrl+Shift+Z", "Ctrl+Y"),
        REDO,
    ),
    ActionSpec(
        "new-box",
        "&Edit",
        "&New Object",
        "Start a new object with the next drag, even on top of a box",
        lambda w: w.draw_new_track(),
        ("N",),
        WRITABLE,
        "new-box",
    ),
    ActionSpec(
        "first-box",
        "&Edit",
        "Use First &Ground-Truth Box",
        "Start from the sequence's ground-truth box on the first frame",
        lambda w: w.session.use_first_box(),
        ("Ctrl+G",),
        FIRST_BOX,
    ),
    ActionSpec(
        "cancel",
        "&Edit",
        "Cancel Dra&wing",
        "Cancel the drag or the new object",
        lambda w: w.cancel_drawing(),
        ("Esc",),
        VIDEO,
    ),
    ActionSpec(
        "accept",
        "&Edit",
        "&Accept Box",
        "Make the shown box a manual box and continue tracking from it",
        lambda w: w.editing.accept_box(),
        ("Return", "Enter"),
        SHOWN_BOX,
        begins_group=True,
    ),
    ActionSpec(
        "keyframe",
        "&Edit",
        "&Keyframe",
        "Make the shown box a manual box, or remove the manual box on this frame",
        lambda w: w.editing.toggle_keyframe(),
        ("K",),
        SHOWN_BOX,
    ),
    ActionSpec(
        "remove-box",
        "&Edit",
        "&Remove Manual Box",
        "Remove the manual box on this frame: the next run does not learn from it",
        lambda w: w.editing.toggle_keyframe(),
        ("Shift+K",),
        OWN_BOX,
    ),
    ActionSpec(
        "outside",
        "&Edit",
        "&Outside",
        "Mark the object as outside (not in the frame) from here on",
        lambda w: w.editing.toggle_visibility(Visibility.OUTSIDE),
        ("O",),
        TRACK,
    ),
    ActionSpec(
        "occluded",
        "&Edit",
        "O&ccluded",
        "Mark the object as occluded from here on",
        lambda w: w.editing.toggle_visibility(Visibility.OCCLUDED),
        ("Q",),
        TRACK,
    ),
    *(
        ActionSpec(
            f"pick-{number}",
            _PICK_MENU,
            f"Candidate &{number}",
            "Pick the candidate with this number instead of drawing a box",
            _pick(number),
            (f"Alt+{number}",),
            EDITABLE,
        )
        for number in range(1, 10)
    ),
    ActionSpec(
        "propagate",
        "&Edit",
        "Copy &Box Ahead",
        "Copy the box to the next frames, as many as a long step",
        lambda w: w.editing.propagate(w.long_step),
        ("Ctrl+B",),
        SHOWN_BOX,
        begins_group=True,
    ),
    ActionSpec(
        "delete",
        "&Edit",
        "De&lete…",
        "Delete the object's box on this frame, its boxes from here on, or the whole object",
        lambda w: w.dialogs.delete_boxes(),
        ("Del",),
        TRACK,
    ),
    ActionSpec(
        "delete-track",
        "&Edit",
        "Dele&te Object",
        "Delete the whole object",
        lambda w: w.editing.delete(DeleteScope.WHOLE_TRACK),
        ("Shift+Del",),
        TRACK,
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
        "Change appearance, behaviour and keys",
        lambda w: w.show_settings(),
        ("Ctrl+,",),
        begins_group=True,
    ),
)
