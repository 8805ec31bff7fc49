"""A few frames' hashes, by which a video is known again though it was moved, or noticed to be another."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b

from dlst_gui.video.video_source import Digests, VideoError, VideoSource
from tracker_core import Frame

_DIGEST_BYTES = 8


def frame_digests(source: VideoSource) -> Digests:
    """Index and hash of the first, the middle and the last frame, as far as they can be read.

    They do not depend on the range of values that a person chose for pictures of over 8 bits.
    """
    shown = source.shown_range
    if shown is not None and shown.usual_digests is not None:
        return shown.usual_digests
    return digests_of(source.frame_count, source.read)


def digests_of(frame_count: int, read: Callable[[int], Frame]) -> Digests:
    """The same of frames that are read by index."""
    digests = []
    for index in sorted({0, frame_count // 2, frame_count - 1}):
        try:
            pixels = read(index)
        except VideoError:
            continue
        digests.append((index, blake2b(pixels.tobytes(), digest_size=_DIGEST_BYTES).hexdigest()))
    return tuple(digests)
