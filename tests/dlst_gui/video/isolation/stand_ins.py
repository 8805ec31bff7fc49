"""What a decoder's process opens in tests: made-up sources that crash, hang or fail where their file says so.

Loads as little as a real decoder, so that the processes of tests start as quickly.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np

from dlst_gui.video.video_source import FrameSequence, OpeningWatch, VideoError, VideoSource
from tracker_core import Frame

OPENER = f"{__name__}:open_stand_in"
MODULES_OPENER = f"{__name__}:tell_modules"
FRAME_COUNT = 30
WAYS = ("crashes", "crashes_once", "hangs", "needs_memory", "has_fault", "is_killed")
_HEAVY = ("torch", "cv2", "PySide6", "matplotlib")


def write_stand_in(path: Path, **behaviour: object) -> Path:
    """A file that `open_stand_in` opens.

    Args:
        path: where it lies.
        behaviour: each of `WAYS`: a list of frames; `opening`: one of `WAYS`; `progress`: shares
            told before; `frames`: how many there are.
    """
    path.write_text(json.dumps(behaviour))
    return path


def stand_in_frame(frame_index: int) -> Frame:
    rows, columns = np.mgrid[0:120, 0:160]
    return np.stack([rows, columns, rows * 0 + 8 * frame_index], axis=2).astype(np.uint8)


def open_stand_in(path: Path, watch: OpeningWatch) -> VideoSource:
    source = StandIn(path)
    for share in source.behaviour.get("progress", []):
        watch.tell(share)
        time.sleep(0.11)  # told more seldom, it is left out
    source.misbehave(source.behaviour.get("opening"))
    return source


def tell_modules(path: Path, watch: OpeningWatch) -> VideoSource:
    raise VideoError(f"loaded: {sorted({'numpy', 'av', *_HEAVY} & set(sys.modules))}")


class StandIn(FrameSequence):
    width, height, nominal_fps, ground_truth, notice = 160, 120, 25.0, None, None

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.stem
        self.behaviour = json.loads(path.read_text())

    @property
    def frame_count(self) -> int:
        return self.behaviour.get("frames", FRAME_COUNT)

    def timestamp_s(self, frame_index: int) -> float:
        return frame_index / self.nominal_fps

    def read(self, frame_index: int) -> Frame:
        for way in WAYS:
            if frame_index in self.behaviour.get(way, []):
                self.misbehave(way)
        return stand_in_frame(frame_index)

    def close(self) -> None:
        pass

    def misbehave(self, way: str | None) -> None:
        if way == "crashes_once":
            mark = self.path.with_suffix(".crashed")
            if mark.exists():
                return
            mark.touch()
        if way in ("crashes", "crashes_once"):
            os.kill(os.getpid(), signal.SIGSEGV)
        if way == "is_killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if way == "hangs":
            time.sleep(600)
        if way == "needs_memory":
            np.empty(2**38, np.uint8)
        if way == "has_fault":
            raise ZeroDivisionError("a fault of ours")
