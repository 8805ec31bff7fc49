"""Colours of the window, and how they reach Qt."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from string import Template

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as #rrggbb; text on every ground has a contrast of at least 4.5 (WCAG AA)."""

    canvas: str = "#0f1115"
    window: str = "#16181d"
    panel: str = "#1c1f26"
    raised: str = "#272b34"
    line: str = "#363c48"
    text: str = "#e6e9ef"
    quiet_text: str = "#a3adbd"
    disabled_text: str = "#697386"
    accent: str = "#5cc8ff"
    accent_ground: str = "#17405a"
    warning: str = "#ff9a6b"
    warning_ground: str = "#55260f"
    good: str = "#7fdcb0"
    good_ground: str = "#123c2c"


THEME = Theme()


def apply_theme(application: QApplication) -> None:
    """Dark on every platform; the style sheet is `resources/style.qss`."""
    application.setStyle("Fusion")
    application.setPalette(_palette(THEME))
    application.setStyleSheet(style_sheet(THEME))


def style_sheet(theme: Theme) -> str:
    """The style sheet with the theme's colours in place."""
    text = (files("resources") / "style.qss").read_text(encoding="utf-8")
    return Template(text).substitute({name: getattr(theme, name) for name in Theme.__slots__})


def _palette(theme: Theme) -> QPalette:
    role = QPalette.ColorRole
    colors = {
        role.Window: theme.window,
        role.WindowText: theme.text,
        role.Base: theme.panel,
        role.AlternateBase: theme.raised,
        role.Text: theme.text,
        role.Button: theme.raised,
        role.ButtonText: theme.text,
        role.ToolTipBase: theme.raised,
        role.ToolTipText: theme.text,
        role.PlaceholderText: theme.quiet_text,
        role.Highlight: theme.accent_ground,
        role.HighlightedText: theme.text,
        role.Link: theme.accent,
    }
    palette = QPalette()
    for which, color in colors.items():
        palette.setColor(which, QColor(color))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(theme.disabled_text))
    return palette
