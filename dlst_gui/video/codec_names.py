"""What a container calls the compression of its pictures, for files whose pictures nothing here decompresses."""

from __future__ import annotations

import re
from pathlib import Path

_SEARCHED_BYTES = 2**20
"""At the file's start and at its end: one of them describes the streams."""

_NAMES = (
    rb"vide.{0,1000}?stsd.{12}([ -~]{4})",  # ISO 14496-12, 8.4.3 and 8.5.2: handler type, then sample description
    rb"\x86[\x80-\xff](V_[!-~]+)",  # Matroska's CodecID
    rb"strh.{4}vids([ -~]{4})",  # AVI's stream header
)
_ENCRYPTED_NAMES = ("encv", "drmi")  # ISO 14496-12, 8.12, and Apple's

_MATROSKA_ENCRYPTION = b"\x50\x35"
"""Matroska's ContentEncryption, inside a ContentEncoding (0x6240)."""


def stored_codec(path: Path) -> str | None:
    """Such as "hvc1" or "V_VP9"; None where nothing says it."""
    described = _described(path)
    found = next((match for name in _NAMES if (match := re.search(name, described, re.DOTALL))), None)
    return found[1].decode("ascii").strip() if found else None


def is_encrypted(path: Path) -> bool:
    """Whether the file says that its pictures cannot be read without a key."""
    if stored_codec(path) in _ENCRYPTED_NAMES:
        return True
    return (
        re.search(rb"\x62\x40.{1,40}?" + re.escape(_MATROSKA_ENCRYPTION), _described(path), re.DOTALL) is not None
    )


def _described(path: Path) -> bytes:
    with path.open("rb") as file:
        start = file.read(_SEARCHED_BYTES)
        file.seek(max(len(start), path.stat().st_size - _SEARCHED_BYTES))
        return start + file.read(_SEARCHED_BYTES)
