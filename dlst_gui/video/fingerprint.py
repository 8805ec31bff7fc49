"""A few frames' hashes, by which a video is known again though it was moved, or noticed to be another."""

from __future__ import annotations

from hashlib import blake2b

from dlst_gui.video.video_source import VideoError, VideoSource

_DIGEST_BYTES = 8


def frame_digests(source: VideoSource) -> tuple[tuple[int, str], ...]:
    """Index and hash of the first, the middle and the last frame, as far as they can be read."""
    digests = []
    for index in sorted({0, source.frame_count // 2, source.frame_count - 1}):
        try:
            pixels = source.read(index)
        except VideoError:
            continue
        digests.append((index, blake2b(pixels.tobytes(), digest_size=_DIGEST_BYTES).hexdigest()))
    return tuple(digests)
