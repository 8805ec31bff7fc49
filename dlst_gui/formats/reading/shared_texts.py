"""Attributes as a reader finds them, bounded, and each different set of them kept once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from dlst_gui import limits
from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.labels.model import NO_ATTRIBUTES


class SharedTexts:
    """Files repeat the attributes of a track in each of its boxes; memory does not.

    Args:
        path: the file that is read, for messages.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[tuple[tuple[str, str], ...], Mapping[str, str]] = {}
        self._characters = 0

    def shared(self, attributes: Mapping[str, str], place: str) -> Mapping[str, str]:
        """The same attributes; FormatError where they, or all so far together, are too many or too long."""
        if not attributes:
            return NO_ATTRIBUTES
        key = tuple(attributes.items())
        known = self._known.get(key)
        if known is not None:
            return known
        if len(key) > limits.MOST_ATTRIBUTES:
            raise FormatError(self._path, f"expected at most {limits.MOST_ATTRIBUTES} attributes", place)
        lengths = [len(text) for pair in key for text in pair]
        if max(lengths) > limits.LONGEST_ATTRIBUTE:
            problem = (
                f"expected attributes of at most {limits.LONGEST_ATTRIBUTE} characters, there is a longer one"
            )
            raise FormatError(self._path, problem, place)
        self.count(sum(lengths) + _OVERHEAD, place)
        return self._known.setdefault(key, dict(key))

    def count(self, characters: int, place: str) -> None:
        """So many more are kept; FormatError where that is too much."""
        self._characters += characters
        if self._characters > limits.LARGEST_TEXTS:
            problem = f"expected labels and attributes of at most {limits.LARGEST_TEXTS} characters in all"
            raise FormatError(self._path, f"{problem}, there are more", place)


_OVERHEAD = 100
"""Characters that an empty set of attributes counts for: it takes memory too."""
