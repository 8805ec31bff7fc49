"""Whether a window can be shown."""

from __future__ import annotations

import os
import platform

from dlst_gui.commands.running.errors import CommandError


def has_display() -> bool:
    """On Linux the environment says it; elsewhere there always is one."""
    if platform.system() == "Linux":
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return True


def check_display() -> None:
    """Raise CommandError where Qt would abort the process; a platform named in QT_QPA_PLATFORM is believed."""
    if not has_display() and not os.environ.get("QT_QPA_PLATFORM"):
        raise CommandError(
            "no display (neither DISPLAY nor WAYLAND_DISPLAY is set); `dlst track` and `dlst demo` need none"
        )
