"""Whether a video is the one a project was made for: frame indices mean nothing in any other."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A short hash of one frame's pixels, as text."""

    frame_index: int
    digest: str


@dataclass(frozen=True, slots=True)
class VideoIdentity:
    """What is known about a video without keeping it: its absolute path, sizes, and a few frames' hashes."""

    path: str
    frame_count: int
    width: int
    height: int
    byte_count: int
    fingerprints: tuple[Fingerprint, ...] = ()


class MatchKind(Enum):
    """How a found video relates to the known one."""

    SAME = "same"
    MOVED = "moved"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class VideoMatch:
    """The verdict, and in plain words what differs."""

    kind: MatchKind
    differences: tuple[str, ...]


def compare(known: VideoIdentity, found: VideoIdentity) -> VideoMatch:
    """Tell whether `found` shows the same frames under the same indices as `known`.

    Frames decide, not bytes: a losslessly repacked file is the same video. Fingerprints are compared
    where both have the same frame.
    """
    content = _content_differences(known, found)
    if content:
        return VideoMatch(MatchKind.DIFFERENT, content)
    if known.path != found.path:
        return VideoMatch(MatchKind.MOVED, (f"it was at {known.path} and is now at {found.path}",))
    return VideoMatch(MatchKind.SAME, ())


def _content_differences(known: VideoIdentity, found: VideoIdentity) -> tuple[str, ...]:
    differences = []
    if known.frame_count != found.frame_count:
        differences.append(f"it had {known.frame_count} frames and has {found.frame_count}")
    if (known.width, known.height) != (found.width, found.height):
        differences.append(
            f"its frames were {known.width}x{known.height} pixels and are {found.width}x{found.height}"
        )
    digests = {print_.frame_index: print_.digest for print_ in known.fingerprints}
    changed = [
        str(print_.frame_index)
        for print_ in found.fingerprints
        if digests.get(print_.frame_index, print_.digest) != print_.digest
    ]
    if changed:
        differences.append(f"different pixels on frame {', '.join(changed)}")
    return tuple(differences)
