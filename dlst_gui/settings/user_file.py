"""Small JSON files that a user keeps from one start to the next: read with suspicion, written all or nothing."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path

import platformdirs

from dlst_gui.files import replaced_whole

_log = logging.getLogger(__name__)


def settings_folder() -> Path:
    """Where this user's settings are; it exists once something was written."""
    return platformdirs.user_config_path("dlst-studio", appauthor=False)


def read_object(path: Path) -> Mapping[str, object]:
    """The JSON object in a file; empty where there is none, with a warning where the file holds something else."""
    try:
        content: object = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        _log.warning("%s cannot be read (%s); using the defaults", path, error)
        return {}
    if not isinstance(content, dict):
        _log.warning("%s: expected a JSON object, got %s; using the defaults", path, type(content).__name__)
        return {}
    return content


def write_object(path: Path, content: Mapping[str, object]) -> None:
    """Put a JSON object into a file; a concurrent reader sees the old one or the new one.

    Raises:
        OSError: the folder cannot be written to; the file is as it was.
    """
    with replaced_whole(path) as new, new.open("w", encoding="utf-8") as file:
        json.dump(content, file, indent=2, ensure_ascii=False)
