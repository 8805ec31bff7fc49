"""Every command with its keys, and what the mouse does, as rows: to read, to copy and to print."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from dlst_gui.settings.keymap import KeyMap
from dlst_gui.views.actions import COMMANDS
from dlst_gui.views.actions.action_specs import ActionSpec, ToggleSpec
from dlst_gui.views.actions.command_words import has_words, key_text, plain_text

MOUSE = "Mouse"


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One line: what is pressed, and what it does."""

    heading: str
    title: str
    keys: tuple[str, ...]
    tip: str


MOUSE_ROWS = (
    KeyRow(MOUSE, "Draw a box", ("Drag beside the box",), "Press, drag and release on the frame"),
    KeyRow(MOUSE, "Draw a box on another object's box", ("Shift + drag",), "A plain drag would move that box"),
    KeyRow(MOUSE, "Select an object", ("Click its box",), "Click again for one underneath"),
    KeyRow(MOUSE, "Move the box", ("Drag the box",), "On a tracked frame this corrects the tracker"),
    KeyRow(MOUSE, "Resize the box", ("Drag an edge or corner",), "The opposite side stays"),
    KeyRow(MOUSE, "Grow or shrink the box", ("Alt + Wheel",), "Around its centre"),
    KeyRow(
        MOUSE, "Pause the tracker", ("Press on the frame",), "Grabbing the box while it is tracked pauses the run"
    ),
    KeyRow(MOUSE, "Zoom", ("Wheel",), "Around the cursor"),
    KeyRow(MOUSE, "Pan", ("Middle button drag", "Ctrl + drag"), "Move the view"),
    KeyRow(MOUSE, "Go to a frame", ("Click the timeline",), "Its playhead can be dragged, too"),
    KeyRow(MOUSE, "Open", ("Drop a file or folder",), "Anywhere on the window"),
)


def key_rows(keymap: KeyMap, query: str = "") -> tuple[KeyRow, ...]:
    """The rows that have the words of a query, by menu, the mouse at the end."""
    rows = [
        KeyRow(
            plain_text(spec.menu),
            plain_text(spec.text),
            tuple(key_text(key) for key in keymap.keys(spec.name)),
            spec.tip,
        )
        for spec in _by_menu()
    ]
    return tuple(
        row for row in (*rows, *MOUSE_ROWS) if has_words(query, (row.heading, row.title, row.tip, *row.keys))
    )


def _by_menu() -> list[ActionSpec | ToggleSpec]:
    """What is in a menu within another follows that one's own commands."""
    menus = list(dict.fromkeys(spec.menu for spec in COMMANDS))
    return sorted(COMMANDS, key=lambda spec: menus.index(spec.menu))


def rows_as_html(rows: Iterable[KeyRow]) -> str:
    """One table with a heading for each menu."""
    lines, heading = [], ""
    for row in rows:
        if row.heading != heading:
            heading = row.heading
            lines.append(f'<tr><td colspan="3"><h3>{escape(heading)}</h3></td></tr>')
        keys = "&nbsp;&nbsp; ".join(f"<b>{escape(key).replace(' ', '&nbsp;')}</b>" for key in row.keys)
        lines.append(f"<tr><td>{escape(row.title)}</td><td>{keys or '–'}</td><td>{escape(row.tip)}</td></tr>")
    return f'<table cellpadding="4" width="100%">{"".join(lines)}</table>'


def rows_as_text(rows: Iterable[KeyRow]) -> str:
    """One line for each row, its columns parted by tabs."""
    return "".join(f"{row.heading}\t{row.title}\t{', '.join(row.keys)}\t{row.tip}\n" for row in rows)
