"""A folder on a network that does not answer."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

LONGEST_S = 20.0


@dataclass
class DeadNetwork:
    """Who asks for what is below `folder` waits until it `answers`; the main thread does not, but is noted.

    Attributes:
        asked: paths that another thread waits for, or has waited for.
        frozen: paths that the main thread would have waited for.
    """

    folder: Path
    answers: threading.Event = field(default_factory=threading.Event)
    asked: list[Path] = field(default_factory=list)
    frozen: list[Path] = field(default_factory=list)

    def begin(self, patch: pytest.MonkeyPatch) -> None:
        """From now on nothing answers."""
        stat = os.stat

        def waiting(path: str | Path | int, *args: object, **named: object) -> os.stat_result:
            if not isinstance(path, int) and Path(path).is_relative_to(self.folder) and not self.answers.is_set():
                if threading.current_thread() is threading.main_thread():
                    self.frozen.append(Path(path))
                else:
                    self.asked.append(Path(path))
                    assert self.answers.wait(LONGEST_S)
            return stat(path, *args, **named)

        patch.setattr(os, "stat", waiting)
