"""Which range of values a person chose for a folder of images or a picture, from one start to the next.

A small file of the user's settings, by absolute path. Whoever opens a source, in whatever process, looks there, so
that the window, the tracker, exports and commands show the same pixels.
"""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

from dlst_gui.files import replaced_whole
from dlst_gui.video.pixel_range import AUTO, RangeChoice

MOST_REMEMBERED = 500  # ours; those that were chosen last
_LARGEST_BYTES = 2**20

_log = logging.getLogger(__name__)


def chosen_range(path: Path) -> RangeChoice:
    """What was chosen for this path; `AUTO` where nothing was, or it cannot be read."""
    text = _remembered().get(_key(path))
    try:
        return AUTO if text is None else RangeChoice.parsed(text)
    except ValueError as error:
        _log.warning("%s: %s", _file(), error)
        return AUTO


def choose_range(path: Path, choice: RangeChoice) -> None:
    """Remember it; `AUTO` forgets what was chosen. Raises OSError."""
    others = {key: text for key, text in _remembered().items() if key != _key(path)}
    if choice != AUTO:
        others = {_key(path): choice.text, **others}
    kept = dict(list(others.items())[:MOST_REMEMBERED])
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True)
    with replaced_whole(file) as new, new.open("w", encoding="utf-8") as opened:
        json.dump(kept, opened, indent=1)


def _file() -> Path:
    import platformdirs  # noqa: PLC0415 - videos need none

    return platformdirs.user_config_path("dlst-studio", appauthor=False) / "pixel-ranges.json"


def _key(path: Path) -> str:
    return os.path.normcase(os.path.realpath(path))


def _remembered() -> dict[str, str]:
    file = _file()
    try:
        if file.stat().st_size > _LARGEST_BYTES:
            raise ValueError(f"more than {_LARGEST_BYTES:,} bytes")
        content: object = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        _log.warning("%s cannot be read (%s), so no chosen range is known", file, error)
        return {}
    if not isinstance(content, dict):
        return {}
    return {key: value for key, value in content.items() if isinstance(key, str) and isinstance(value, str)}
