"""Commands that explain."""

from __future__ import annotations

from dlst_gui.views.actions.action_specs import ActionSpec

HELP_MENU: tuple[ActionSpec, ...] = (
    ActionSpec(
        "keys",
        "&Help",
        "&Keyboard and Mouse",
        "Show all keys and mouse actions",
        lambda w: w.show_key_help(),
        ("F1",),
    ),
    ActionSpec(
        "palette",
        "&Help",
        "&Find a Command…",
        "Search for a command and run it",
        lambda w: w.show_command_palette(),
        ("Ctrl+Shift+P",),
    ),
    ActionSpec(
        "log-folder",
        "&Help",
        "Show &Log Folder",
        "Open the folder with the log files",
        lambda w: w.show_log_folder(),
    ),
)
