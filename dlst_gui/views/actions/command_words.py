"""Commands and their keys in words, and finding commands by words."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtGui import QKeySequence

from dlst_gui.settings.keymap import Keys
from dlst_gui.views.actions.action_specs import ActionSpec, ToggleSpec


def plain_text(text: str) -> str:
    """A menu's or entry's title without its mark for the keyboard."""
    return text.replace("&", "").replace("/", " › ")


def key_text(key: str) -> str:
    """A key as this desktop writes it."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


def keys_text(keys: Keys) -> str:
    """All keys of a command, the one to be shown first."""
    return "   ".join(key_text(key) for key in keys)


def has_words(query: str, texts: Iterable[str]) -> bool:
    """Whether every word of the query begins or is within a text, in any order."""
    searched = "\n".join(texts).casefold()
    return all(word in searched for word in query.casefold().split())


def is_found(spec: ActionSpec | ToggleSpec, query: str, keys: Keys) -> bool:
    """Whether a command is meant by a query, by its title, menu, tip or keys."""
    return has_words(query, (plain_text(spec.text), plain_text(spec.menu), spec.tip, keys_text(keys)))
