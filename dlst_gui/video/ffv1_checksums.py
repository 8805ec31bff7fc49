"""Whether a frame of FFV1 is as it was written: FFmpeg looks, too, but shows a part of an earlier frame."""

from __future__ import annotations

import zlib

_SIZE_BYTES = 3
_FOOTER_BYTES = _SIZE_BYTES + 5
_LEAST_SIGNIFICANT_FIRST = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))
_NOTHING_LEFT = 0xFFFFFFFF
"""What zlib says where its sum is 0; with that as its start, it begins at 0."""


def is_as_written(packet: memoryview) -> bool:
    """Whether every slice of a packet is as its checksum says; False where it has none.

    A slice ends with its size, a byte for errors, and a number that makes its CRC 0 (RFC 9043, 4.9). That CRC
    takes the most significant bit of each byte first, zlib's the least.
    """
    end = len(packet)
    while end >= _FOOTER_BYTES:
        footer = end - _FOOTER_BYTES
        start = footer - int.from_bytes(packet[footer : footer + _SIZE_BYTES], "big")
        if start < 0:
            return False
        turned = bytes(packet[start:end]).translate(_LEAST_SIGNIFICANT_FIRST)
        if zlib.crc32(turned, _NOTHING_LEFT) != _NOTHING_LEFT:
            return False
        end = start
    return end == 0
