"""Commands that open, import and export something, and the one that ends the program."""

from __future__ import annotations

from dlst_gui.views.action_specs import ActionSpec
from dlst_gui.views.actions.needs import EDITABLE, PROJECT

FILE_MENU: tuple[ActionSpec, ...] = (
    ActionSpec(
        "open-file",
        "&File",
        "&Open Video…",
        "Open a video file",
        lambda w: w.dialogs.choose_file(),
        ("Ctrl+O",),
        icon="open",
    ),
    ActionSpec(
        "open-folder",
        "&File",
        "Open &Folder…",
        "Open a folder of images, or a sequence with ground truth",
        lambda w: w.dialogs.choose_folder(),
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
        "save",
        "&File",
        "&Save",
        "Show where the project is saved; every change is saved automatically",
        lambda w: w.tell_where_saved(),
        ("Ctrl+S",),
        PROJECT,
        begins_group=True,
    ),
    ActionSpec(
        "save-copy",
        "&File",
        "Save a &Copy…",
        "Write a compact copy of the project elsewhere",
        lambda w: w.dialogs.choose_copy(),
        ("Ctrl+Shift+S",),
        PROJECT,
    ),
    ActionSpec(
        "restore",
        "&File",
        "&Restore an Earlier State…",
        "Bring back the project as it was in an earlier session; one Undo takes that back",
        lambda w: w.dialogs.choose_earlier_state(),
        (),
        EDITABLE,
    ),
    ActionSpec(
        "import-labels",
        "&File",
        "&Import Labels…",
        "Import labels from another program; one Undo removes them",
        lambda w: w.dialogs.exchange.show_import(),
        ("Ctrl+Shift+I",),
        EDITABLE,
        begins_group=True,
    ),
    ActionSpec(
        "export-labels",
        "&File",
        "&Export Labels…",
        "Write the labels in a format that other programs read, with or without images",
        lambda w: w.dialogs.exchange.show_export(),
        ("Ctrl+E",),
        PROJECT,
    ),
    ActionSpec(
        "export-video",
        "&File",
        "Export Annotated &Video…",
        "Write a video with the boxes drawn on it",
        lambda w: w.dialogs.exchange.show_video_export(),
        ("Ctrl+Shift+E",),
        PROJECT,
    ),
    ActionSpec(
        "quit",
        "&File",
        "&Quit",
        "Quit the program; a tracking run is stopped and its boxes are kept",
        lambda w: w.close(),
        ("Ctrl+Q",),
        begins_group=True,
    ),
)
