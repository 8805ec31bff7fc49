"""The format of labels that was asked for."""

from __future__ import annotations

from dlst_gui.commands.running.errors import CommandError
from dlst_gui.formats.format import Format, LabelReader
from dlst_gui.formats.registry import format_named, reader_named


def known_format(name: str) -> Format:
    """The format of this name that can be written; CommandError where there is none."""
    try:
        return format_named(name)
    except ValueError as error:
        raise CommandError(f"--format: {error}") from None


def known_reader(name: str) -> LabelReader:
    """The format of this name that can be read; CommandError where there is none."""
    try:
        return reader_named(name)
    except ValueError as error:
        raise CommandError(f"--format: {error}") from None
