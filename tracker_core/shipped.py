"""Files that come with the program: beside the packages in a checkout, inside this one where it is installed."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped_file(name: str) -> Path:
    """The file of `resources/`, which is missing in a damaged installation only; "" gives the folder."""
    installed = _PACKAGE / "resources"
    return (installed if installed.is_dir() else _PACKAGE.parent / "resources") / name
