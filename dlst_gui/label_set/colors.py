"""Colours as files write them."""

from __future__ import annotations

import re

_LONG = re.compile(r"#[0-9a-f]{6}")
_SHORT = re.compile(r"#[0-9a-f]{3}")

_NAMED = {
    "aqua": "#00ffff",
    "black": "#000000",
    "blue": "#0000ff",
    "brown": "#a52a2a",
    "cyan": "#00ffff",
    "fuchsia": "#ff00ff",
    "gold": "#ffd700",
    "gray": "#808080",
    "green": "#008000",
    "grey": "#808080",
    "lime": "#00ff00",
    "magenta": "#ff00ff",
    "maroon": "#800000",
    "navy": "#000080",
    "olive": "#808000",
    "orange": "#ffa500",
    "pink": "#ffc0cb",
    "purple": "#800080",
    "red": "#ff0000",
    "silver": "#c0c0c0",
    "teal": "#008080",
    "violet": "#ee82ee",
    "white": "#ffffff",
    "yellow": "#ffff00",
}
"""Of CSS, as far as labelling configurations use them."""


def color_of(word: str) -> str:
    """As "#rrggbb"; "" where it is no colour that is known."""
    word = word.strip().lower()
    if _LONG.fullmatch(word):
        return word
    if _SHORT.fullmatch(word):
        return "#" + "".join(letter * 2 for letter in word[1:])
    return _NAMED.get(word, "")
