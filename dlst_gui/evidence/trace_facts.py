"""What a file of evidence is about: the video, and what it was made with."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

from dlst_gui import limits
from dlst_gui.project.rows import parsed_array, text, whole_number
from dlst_gui.project.run_facts import RunFacts
from dlst_gui.project.video_identity import Fingerprint, MatchKind, VideoIdentity, compare


class TraceError(Exception):
    """A file of evidence that cannot be read or written; the message names it and says what to do."""

    def __init__(self, path: Path | str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path


class DamagedTraceError(TraceError):
    """It is a file of evidence, but part of it cannot be read."""


class UnreadableTraceError(TraceError):
    """It is no database: something else, or a file of evidence whose beginning is destroyed."""


class FullDiskTraceError(TraceError):
    """There is no room for what is to be written; nothing of it was."""


@dataclass(frozen=True, slots=True)
class TraceFacts:
    """What a file of evidence is about.

    Attributes:
        program_version: of this program, which began it.
        video_name: without its folder.
        frame_count: frames of the video.
        width: of a frame, pixels.
        height: of a frame, pixels.
        fps: frames per second, nominal.
        fingerprints: of a few frames, which tell whether another video is the same.
    """

    program_version: str
    video_name: str
    frame_count: int
    width: int
    height: int
    fps: float
    fingerprints: tuple[Fingerprint, ...] = ()

    @classmethod
    def of(cls, video: VideoIdentity, *, fps: float, program_version: str) -> TraceFacts:
        """Of a video; where it lies is not told, for the file may be given to others."""
        name = Path(video.path).name
        return cls(program_version, name, video.frame_count, video.width, video.height, fps, video.fingerprints)

    def is_about(self, video: VideoIdentity) -> bool:
        """Whether it is about the frames of this video."""
        known = VideoIdentity("", self.frame_count, self.width, self.height, 0, self.fingerprints)
        return compare(known, video).kind is not MatchKind.DIFFERENT

    def row(self) -> tuple[str, str, int, int, int, float, str]:
        """As a row of the table `about`; read back by `facts_from`."""
        prints = json.dumps([[each.frame_index, each.digest] for each in self.fingerprints])
        return (
            self.program_version,
            self.video_name,
            self.frame_count,
            self.width,
            self.height,
            self.fps,
            prints,
        )


def facts_from(row: tuple[object, ...]) -> TraceFacts:
    """What `TraceFacts.row` gave, each value checked; ValueError where one cannot be."""
    version, name, frame_count, width, height, fps, prints = row
    if not (isinstance(fps, int | float) and math.isfinite(fps) and 0 <= fps <= 1e6):
        raise ValueError(f"{fps!r:.40} is no number of frames per second")
    return TraceFacts(
        text(version, "a version"),
        text(name, "a video's name"),
        whole_number(frame_count, "frames", most=limits.MOST_FRAMES),
        whole_number(width, "a width", most=limits.MOST_FRAME_PIXELS),
        whole_number(height, "a height", most=limits.MOST_FRAME_PIXELS),
        float(fps),
        tuple(_fingerprint(each) for each in parsed_array(text(prints, "fingerprints"), "fingerprints")),
    )


def run_row(facts: RunFacts) -> str:
    """What a run was made with, as text; read back by `run_from`."""
    return json.dumps([getattr(facts, name) for name in _RUN_TEXTS] + [facts.seed])


def run_from(content: object) -> RunFacts:
    """What `run_row` gave, each value checked; ValueError where one cannot be."""
    values = parsed_array(text(content, "a run"), "a run")
    if len(values) != len(_RUN_TEXTS) + 1:
        raise ValueError("a run has other values than it should")
    texts = {name: text(value, name) for name, value in zip(_RUN_TEXTS, values, strict=False)}
    return RunFacts(seed=whole_number(values[-1], "a seed", most=2**63 - 1), **texts)


_RUN_TEXTS = (
    "program_version",
    "system",
    "weights",
    "weights_sha256",
    "device",
    "guide",
    "guide_sha256",
)


def _fingerprint(value: object) -> Fingerprint:
    if not (isinstance(value, list) and len(value) == 2):
        raise ValueError("a fingerprint makes no sense")
    return Fingerprint(whole_number(value[0], "a frame", most=limits.MOST_FRAMES), text(value[1], "a fingerprint"))
