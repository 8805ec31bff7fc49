"""What can go wrong with an export, in words for the user."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dlst_gui.formats.transfer.comparison import Comparison


class ExportError(Exception):
    """An export that was not made; whatever was at `path` before is unchanged."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.problem = problem


class TargetError(ExportError):
    """A file or folder that must not be written, or cannot."""


class ForeignFileError(TargetError):
    """A file that this program has not made, or that was changed since: replaced only where a user says so."""

    WORDS = "was not made by DLST Studio, or was changed since"

    def __init__(self, path: Path) -> None:
        super().__init__(path, f"{self.WORDS}; choose another name, or allow to replace it")


class ReadBackError(ExportError):
    """What was written does not read as what was to be written.

    Attributes:
        comparison: what differs.
    """

    def __init__(self, path: Path, comparison: Comparison, resolution_px: float) -> None:
        super().__init__(
            path,
            f"not exported, because the file reads back differently: {comparison.box_count} boxes match, "
            f"{comparison.missing} missing, {comparison.surplus} extra, {comparison.wrong_visibilities} with "
            f"another visibility, edges off by up to {comparison.largest_difference_px:g} px (limit "
            f"{resolution_px:g} px); any earlier file is unchanged. Please report this",
        )
        self.comparison = comparison


@contextmanager
def disk_errors_named(path: Path) -> Iterator[None]:
    """Turn errors of the operating system into `ExportError`."""
    try:
        yield
    except OSError as error:
        advice = "choose another folder or check its permissions"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            advice = "free some space and export again"
        raise ExportError(path, f"cannot be written ({error.strerror or error}); {advice}") from error
