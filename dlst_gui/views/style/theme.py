"""Colours of the window, and how they reach Qt."""

from __future__ import annotations

from dataclasses import dataclass
from string import Template

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from dlst_gui.settings.preferences import ThemeChoice
from tracker_core import shipped_file


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as #rrggbb; text on every ground has a contrast of at least 4.5 (WCAG AA).

    Attributes:
        canvas: ground of the video, dark in every theme, as the colours drawn over it are made for dark.
        canvas_...: of what is drawn on the canvas.
        lanes: ground of the timeline.
        lost: lines of a lost target on it; `accent` is the found one's.
        disagreement: the line where two passes disagree.
        marks: ticks and arrows in `resources/mark-*-<marks>.svg`.
    """

    canvas: str = "#0f1115"
    canvas_text: str = "#e6e9ef"
    canvas_line: str = "#363c48"
    window: str = "#16181d"
    panel: str = "#1c1f26"
    raised: str = "#272b34"
    line: str = "#363c48"
    text: str = "#e6e9ef"
    quiet_text: str = "#a3adbd"
    disabled_text: str = "#697386"
    accent: str = "#5cc8ff"
    accent_ground: str = "#17405a"
    accent_hover: str = "#1f5475"
    warning: str = "#ff9a6b"
    warning_ground: str = "#55260f"
    good: str = "#7fdcb0"
    good_ground: str = "#123c2c"
    lanes: str = "#0f1115"
    lost: str = "#ff7a45"
    disagreement: str = "#f291c7"
    marks: str = "dark"


DARK = Theme()
LIGHT = Theme(
    window="#f0f2f5",
    panel="#ffffff",
    raised="#e4e8ee",
    line="#bcc4d0",
    text="#171a20",
    quiet_text="#4a5363",
    disabled_text="#858e9d",
    accent="#0a6aa3",
    accent_ground="#c5e4f7",
    accent_hover="#aad6f2",
    warning="#96340a",
    warning_ground="#ffe2d2",
    good="#0d5c3b",
    good_ground="#cff0df",
    lanes="#e9edf2",
    lost="#c2410c",
    disagreement="#b3267e",
    marks="light",
)
THEME = DARK
"""Of the video's ground and what is drawn like on it: it shares the overlays' colours and stays dark."""


def theme_for(choice: ThemeChoice) -> Theme:
    """The theme that is meant now; dark where the desktop says nothing."""
    if choice is ThemeChoice.SYSTEM:
        is_light = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Light
        return LIGHT if is_light else DARK
    return LIGHT if choice is ThemeChoice.LIGHT else DARK


def apply_theme(application: QApplication, theme: Theme) -> None:
    """Alike on every platform; the style sheet is `resources/style.qss`."""
    application.setStyle("Fusion")
    application.setPalette(_palette(theme))
    application.setStyleSheet(style_sheet(theme))


def style_sheet(theme: Theme) -> str:
    """The style sheet with the theme's colours in place."""
    text = shipped_file("style.qss").read_text(encoding="utf-8")
    names = {name: getattr(theme, name) for name in Theme.__slots__}
    # Qt writes paths with slashes on every platform.
    return Template(text).substitute(names, marks_folder=shipped_file("").as_posix())


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
