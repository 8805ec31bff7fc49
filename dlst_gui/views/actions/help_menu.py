"""Commands that explain."""

from __future__ import annotations

from dlst_gui.views.action_specs import ActionSpec

HELP_MENU: tuple[ActionSpec, ...] = (
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
