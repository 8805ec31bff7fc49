"""Keys in words, as `Ctrl+Shift+O`: one spelling for each combination."""

from __future__ import annotations

MODIFIERS = ("Meta", "Ctrl", "Alt", "Shift")  # in Qt's order
NAMED_KEYS = frozenset(
    {
        *("Esc", "Tab", "Backtab", "Backspace", "Return", "Enter", "Ins", "Del", "Pause", "Print", "Home", "End"),
        *("Left", "Up", "Right", "Down", "PgUp", "PgDown", "Space", "Menu"),
        *(f"F{number}" for number in range(1, 36)),
    }
)


def canonical_key(text: str) -> str | None:
    """`shift+alt+right` as `Alt+Shift+Right`; None where it names no key."""
    # The key itself may be a plus sign: `Ctrl++`.
    head, tail = (text[:-1], "+") if text.endswith("+") else (text.rpartition("+")[0], text.rpartition("+")[2])
    given = [part.strip().capitalize() for part in head.strip("+").split("+")] if head.strip("+") else []
    key = _canonical_name(tail.strip())
    if key is None or len(set(given)) != len(given) or not set(given) <= set(MODIFIERS):
        return None
    return "+".join([*(modifier for modifier in MODIFIERS if modifier in given), key])


def _canonical_name(name: str) -> str | None:
    if len(name) == 1:
        return name.upper() if name.isprintable() else None
    return next((known for known in NAMED_KEYS if known.lower() == name.lower()), None)
