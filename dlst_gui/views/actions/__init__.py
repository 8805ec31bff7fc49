"""Every command of the window in one table: its menu entry, keys, button and what it calls."""

from __future__ import annotations

from collections.abc import Mapping

from dlst_gui.settings.keymap import Keys
from dlst_gui.views.actions.action_specs import ActionSpec, ToggleSpec
from dlst_gui.views.actions.edit_menu import EDIT_MENU
from dlst_gui.views.actions.file_menu import FILE_MENU
from dlst_gui.views.actions.go_menu import GO_MENU
from dlst_gui.views.actions.help_menu import HELP_MENU
from dlst_gui.views.actions.object_menu import OBJECT_MENU
from dlst_gui.views.actions.review_menu import REVIEW_MENU
from dlst_gui.views.actions.tracking_menu import TRACKING_MENU
from dlst_gui.views.actions.view_menu import VIEW_MENU

COMMANDS: tuple[ActionSpec | ToggleSpec, ...] = (
    *FILE_MENU,
    *EDIT_MENU,
    *OBJECT_MENU,
    *TRACKING_MENU,
    *REVIEW_MENU,
    *GO_MENU,
    *VIEW_MENU,
    *HELP_MENU,
)
"""In the order of the menus."""


def base_keys() -> Mapping[str, Keys]:
    """The keys of every command in the preset "CVAT"."""
    return {spec.name: spec.keys for spec in COMMANDS}
