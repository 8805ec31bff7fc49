from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from dlst_gui.settings.preferences import Preferences, ThemeChoice
from dlst_gui.views.main_window import MainWindow
from dlst_gui.views.style import theme as theme_module
from dlst_gui.views.style.theme import DARK, LIGHT, Theme, style_sheet, theme_for

# Said by Qt's screenless platform whenever a window has a smallest size.
pytestmark = pytest.mark.qt_log_ignore("does not support")

READABLE = 4.5  # WCAG 2.2, 1.4.3: contrast of text, level AA
VISIBLE = 3.0  # WCAG 2.2, 1.4.11: contrast of what marks a control's state
GROUNDS = ("window", "panel", "raised")


def luminance(color: str) -> float:
    """Relative luminance of #rrggbb, as WCAG 2.2 defines it."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.fixture
def plain_again(qtbot: QtBot) -> Iterator[None]:
    """The application's looks are those of the other tests again afterwards."""
    application = QApplication.instance()
    palette = QPalette(application.palette())
    yield
    application.setStyleSheet("")
    application.setPalette(palette)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *((text, ground) for text in ("text", "quiet_text") for ground in GROUNDS),
        ("text", "accent_ground"),
        ("text", "accent_hover"),
        ("accent", "panel"),
        ("accent", "window"),
        ("warning", "warning_ground"),
        ("text", "lanes"),
        ("quiet_text", "lanes"),
        ("good", "good_ground"),
        *((text, "canvas") for text in ("canvas_text",)),
    ],
)
def test_text_when_on_any_ground_then_it_can_be_read(theme: Theme, text: str, ground: str) -> None:
    assert contrast(getattr(theme, text), getattr(theme, ground)) >= READABLE


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("line", ["accent", "lost", "disagreement"])
def test_lines_when_on_the_timeline_then_they_can_be_seen(theme: Theme, line: str) -> None:
    assert contrast(getattr(theme, line), theme.raised) >= VISIBLE


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("ground", GROUNDS)
def test_focus_when_shown_by_the_accent_then_it_can_be_seen(theme: Theme, ground: str) -> None:
    assert contrast(theme.accent, getattr(theme, ground)) >= VISIBLE


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_style_sheet_when_filled_in_then_has_the_themes_colours_and_no_gap(theme: Theme) -> None:
    filled = style_sheet(theme)
    assert "$" not in filled
    assert theme.accent_ground in filled


def test_canvas_when_the_theme_is_light_then_is_as_dark_as_ever() -> None:
    assert LIGHT.canvas == DARK.canvas


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [(Qt.ColorScheme.Light, LIGHT), (Qt.ColorScheme.Dark, DARK), (Qt.ColorScheme.Unknown, DARK)],
    ids=["light", "dark", "unknown"],
)
def test_theme_for_system_when_the_desktop_has_a_scheme_then_follows_it(
    monkeypatch: pytest.MonkeyPatch, scheme: Qt.ColorScheme, expected: Theme
) -> None:
    class Hints:
        def colorScheme(self) -> Qt.ColorScheme:  # noqa: N802 - Qt's name
            return scheme

    class Application(QGuiApplication):
        @staticmethod
        def styleHints() -> Hints:  # noqa: N802 - Qt's name
            return Hints()

    monkeypatch.setattr(theme_module, "QGuiApplication", Application)
    assert theme_for(ThemeChoice.SYSTEM) is expected


def _color_of(widget: QWidget) -> str:
    """Of its upper left corner, as it is painted."""
    widget.resize(400, 40)
    return widget.grab().toImage().pixelColor(1, 1).name()


def test_window_when_another_theme_is_chosen_then_sheet_palette_and_icons_change_at_once(
    plain_again: None, window: MainWindow
) -> None:
    before = window.action_set["open-file"].icon().cacheKey()
    window.user.set_preferences(Preferences(theme=ThemeChoice.LIGHT))
    assert _color_of(window.workspace.timeline.ruler) == LIGHT.window
    application = QApplication.instance()
    assert LIGHT.panel in application.styleSheet()
    assert application.palette().color(QPalette.ColorRole.Window).name() == LIGHT.window
    assert window.action_set["open-file"].icon().cacheKey() != before
    window.user.set_preferences(Preferences(theme=ThemeChoice.DARK))
    assert application.palette().color(QPalette.ColorRole.Window).name() == DARK.window
