"""The program's handle on one decoder's process: start it, ask it, end it, and tell how it ended."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

from dlst_gui.video.isolation.frame_slots import FrameSlots
from dlst_gui.video.isolation.source_facts import SourceFacts
from dlst_gui.video.isolation.wire import (
    Channel,
    Message,
    OtherSideGoneError,
    WireError,
    share_of,
    text_of,
    whole_number_of,
)
from dlst_gui.video.video_source import OpeningWatch, VideoError

PROGRAM = "dlst_gui.video.isolation.program"
STANDARD_INPUT = "stdin"  # where the connection comes in on Windows
_SIGKILL = 9  # Windows has none
_ASKED_EVERY_S = 0.1  # ours: whether to stop opening
_BURIAL_S = 5.0  # ours: a process whose connection ended is gone long before

_ENVIRONMENT = {
    # No matrices are multiplied there: threads for that would only take memory.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    # Frames are freed and allocated all the time: see `tracking.allocator`, which does the same for the window.
    "MALLOC_MMAP_THRESHOLD_": str(2**30),
    "MALLOC_TRIM_THRESHOLD_": str(2**31 - 1),
    "MALLOC_ARENA_MAX": "1",
}

_log = logging.getLogger(__name__)


class ProcessEndedError(Exception):
    """A decoder's process is gone, or of no more use and ended; the message says how: "crashed (signal 11)".

    Attributes:
        is_hang: it did not answer in time.
        is_kill: another process, or the system, has ended it: that says nothing of the file.
    """

    def __init__(self, manner: str, *, is_hang: bool = False, is_kill: bool = False) -> None:
        super().__init__(manner)
        self.is_hang = is_hang
        self.is_kill = is_kill


class DecoderProcess:
    """One child process. `end` may be called by any thread; everything else belongs to one."""

    def __init__(self, process: subprocess.Popen[bytes], channel: Channel) -> None:
        self._process = process
        self._channel = channel

    @classmethod
    def start(cls, opener: str) -> Self:
        """Start one, and do not wait for it.

        On Linux it ends when the *thread* that calls ends, so that none is left where the program is killed.

        Args:
            opener: `module:function`, by which the process opens paths.
        """
        ours, theirs = socket.socketpair()
        try:
            return cls(_started(theirs, opener), Channel(ours))
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()

    @property
    def process_id(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def open(self, path: Path, watch: OpeningWatch, timeout_s: float) -> SourceFacts:
        """Open the one source of this process; it may take `timeout_s` without getting any further.

        Raises:
            VideoError: it cannot be opened.
            OpeningStopped: `watch` said so; the process is to be ended.
            ProcessEndedError: the process did not survive it.
        """
        try:
            self._channel.send({"open": str(path)})
            message, payload = self._opening_answer(watch, timeout_s)
            self._refuse_error(message)
            return SourceFacts.received(message, payload, path)
        except (WireError, TimeoutError) as error:
            raise self._ended(error, timeout_s) from error

    def share(self, slots: FrameSlots) -> None:
        """Tell where frames are put; comes after `open`."""
        message: Message = {"slots": slots.shape.slot_count, "name": slots.name}
        try:
            self._channel.send(message, file=slots.file if slots.file >= 0 else None)
        except WireError as error:
            raise self._ended(error, 0) from error

    def request(self, frame_index: int, slot: int) -> None:
        """Ask for a frame, which is put into that slot; `answer` waits for it.

        Raises:
            ProcessEndedError: the process is gone.
        """
        try:
            self._channel.send({"read": frame_index, "slot": slot})
        except WireError as error:
            raise self._ended(error, 0) from error

    def answer(self, frame_index: int, timeout_s: float) -> tuple[str | None, VideoError | None]:
        """Wait for the oldest frame asked for, which is this; the source's notice now, and why it has no pixels.

        Raises:
            ProcessEndedError: the process did not survive it, or had to be ended.
        """
        try:
            message, _ = self._channel.receive(timeout_s)
            whole_number_of(message, "frame", least=frame_index, most=frame_index)
            notice = message.get("notice")
            if not isinstance(notice, str | None):
                raise WireError("neither a notice nor none")
            try:
                self._refuse_error(message)
            except VideoError as error:
                return notice, error
            return notice, None
        except (WireError, TimeoutError) as error:
            raise self._ended(error, timeout_s) from error

    def end(self) -> None:
        """End it, in whatever it does; may be called twice."""
        self._channel.shut()
        self._process.kill()
        self._process.wait()
        self._channel.close()

    def _opening_answer(self, watch: OpeningWatch, timeout_s: float) -> tuple[Message, bytes]:
        """The first message that does not only tell how far it is."""
        end_s = time.monotonic() + timeout_s
        while True:
            if self._channel.has_news(_ASKED_EVERY_S):
                message, payload = self._channel.receive(timeout_s)
                if "share" not in message:
                    return message, payload
                watch.tell(share_of(message, "share"))
                end_s = time.monotonic() + timeout_s
            watch.check()
            if time.monotonic() > end_s:
                raise TimeoutError

    def _refuse_error(self, message: Message) -> None:
        if "error" in message:
            trace = text_of(message, "trace")
            if trace:
                _log.error("fault in a decoder's process:\n%s", trace)
            raise VideoError(text_of(message, "error"))

    def _ended(self, error: Exception, timeout_s: float) -> ProcessEndedError:
        """How the process ended; ends it where it has not."""
        code: int | None = None
        if isinstance(error, OtherSideGoneError):
            with suppress(subprocess.TimeoutExpired):
                code = self._process.wait(_BURIAL_S)
        self.end()
        if code is not None:
            return ProcessEndedError(_manner(code), is_kill=code == -_SIGKILL)
        if isinstance(error, TimeoutError):
            return ProcessEndedError(f"did not answer for {timeout_s:.0f} s and was ended", is_hang=True)
        return ProcessEndedError(f"gave an answer that cannot be ({error}) and was ended")


def _started(connection: socket.socket, opener: str) -> subprocess.Popen[bytes]:
    program = ["-P", "-m", PROGRAM]
    paths = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path if entry)
    environment = os.environ | _ENVIRONMENT | {"PYTHONPATH": paths}
    if sys.platform == "win32":
        # In a virtual environment, the executable only starts the one that has to get the connection.
        executable: str = getattr(sys, "_base_executable", sys.executable)
        process = subprocess.Popen(
            [executable, *program, STANDARD_INPUT, str(os.getpid()), opener],
            stdin=subprocess.PIPE,
            env=environment | {"__PYVENV_LAUNCHER__": sys.executable},
            creationflags=subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP,
        )
        assert process.stdin is not None
        with process.stdin:
            process.stdin.write(connection.share(process.pid))
        return process
    return subprocess.Popen(
        [sys.executable, *program, str(connection.fileno()), str(os.getpid()), opener],
        stdin=subprocess.DEVNULL,
        env=environment,
        pass_fds=[connection.fileno()],
        start_new_session=True,  # Ctrl+C in a terminal is for the program alone
    )


def _manner(code: int) -> str:
    if code == -_SIGKILL:
        return "was killed (signal 9), as the system does where memory runs short"
    if code < 0:
        with suppress(ValueError):
            return f"crashed (signal {-code}, {signal.Signals(-code).name})"
        return f"crashed (signal {-code})"
    return f"crashed (exit status {code:#x})" if code > 255 else f"ended (exit status {code})"
