"""A full disk is waited for: what is written goes on once there is room, and nothing is lost meanwhile."""

from __future__ import annotations

import errno
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.running.terminal import say
from tracker_core import ShouldCancel

Done = TypeVar("Done")

PAUSE_S = 2.0
"""Between two tries."""
_POLL_S = 0.1
"""How long an interrupt waits."""
UNATTENDED_S = 60.0
"""How long is waited where no terminal shows that somebody could free some space."""


class DiskFullError(CommandError):
    """The disk stayed full for too long, or somebody did not want to wait."""


def is_disk_full(error: BaseException | None) -> bool:
    """Whether an error is that of a full disk or quota, or was raised from one."""
    while error is not None:
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
            return True
        error = error.__cause__
    return False


@dataclass(slots=True)
class DiskPatience:
    """Repeats what fails because the disk is full.

    Attributes:
        should_cancel: answers True where somebody does not want to wait.
        tries: None: as many as it takes.
        pause_s: between two of them.
    """

    should_cancel: ShouldCancel
    tries: int | None = None
    pause_s: float = PAUSE_S

    @classmethod
    def of_terminal(cls, should_cancel: ShouldCancel) -> DiskPatience:
        """Without end where somebody is there to free some space."""
        tries = None if sys.stderr.isatty() else round(UNATTENDED_S / PAUSE_S)
        return cls(should_cancel, tries, PAUSE_S)

    def until_done(self, action: Callable[[], Done], path: Path, *, waiting: str) -> Done:
        """Do something, again and again while the disk is full.

        Args:
            action: can be repeated after it has failed.
            path: of what it writes.
            waiting: what is not on the disk meanwhile.

        Raises:
            DiskFullError: it was not done.
        """
        failed = 0
        while True:
            try:
                done = action()
            except Exception as error:
                if not is_disk_full(error):
                    raise
                failed += 1
                if self.should_cancel() or failed == self.tries:
                    raise DiskFullError(f"{path}: the disk is full, so {waiting} could not be written") from error
                if failed == 1:
                    end = "" if self.tries is None else f" within {self.tries * self.pause_s:.0f} s"
                    say(
                        f"{path}: the disk is full, and {waiting} waits in memory; free some space{end}, and it "
                        "goes on by itself (Ctrl+C ends it)"
                    )
                self._pause()
            else:
                if failed:
                    say(f"{path}: there is room again")
                return done

    def _pause(self) -> None:
        until_s = time.monotonic() + self.pause_s
        while not self.should_cancel() and (left_s := until_s - time.monotonic()) > 0:
            time.sleep(min(left_s, _POLL_S))
