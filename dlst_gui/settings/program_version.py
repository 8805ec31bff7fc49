"""Which version of the program this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def program_version() -> str:
    """As the installed package says it."""
    try:
        return version("dlst-studio")
    except PackageNotFoundError:
        return "(not installed)"
