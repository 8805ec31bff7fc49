"""JSON as it is written, piece by piece: long videos fit in memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping


def json_text(record: Mapping[str, object]) -> str:
    """A record in one line."""
    return json.dumps(record, ensure_ascii=False, allow_nan=False)


def json_list(name: str, texts: Iterable[str]) -> Iterator[str]:
    """A member of a JSON object whose value is a list."""
    yield f'"{name}": ['
    for number, text in enumerate(texts):
        yield f"{',' if number else ''}\n{text}"
    yield "]"
