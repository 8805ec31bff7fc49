"""Mutations of files: each takes bytes and a random generator, and gives other bytes."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

Mutator = Callable[[bytes, random.Random], bytes]

LARGEST = 4 << 20
"""Bytes that a mutation may grow to: what is large in itself is tested by lowered limits instead."""

_ODD_NUMBERS = (
    b"0", b"-1", b"1", b"2147483647", b"-2147483648", b"4294967296", b"9007199254740993", b"99999999999999999999",
    b"1e308", b"-1e-320", b"nan", b"inf", b"0x10", b"1_0", b"", b"1.5", b"NaN", b"null", b"[]",
)  # fmt: skip
_ODD_BYTES = (0x00, 0x01, 0x7F, 0x80, 0xFF)
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")


def flipped_bits(data: bytes, rng: random.Random) -> bytes:
    """One to eight bits."""
    made = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8))):
        made[rng.randrange(len(made))] ^= 1 << rng.randrange(8)
    return bytes(made)


def odd_bytes(data: bytes, rng: random.Random) -> bytes:
    """Bytes that are often the edge of something, beside each other as in a length or an offset."""
    made = bytearray(data)
    at = rng.randrange(len(made))
    made[at : at + rng.choice((1, 2, 4, 8))] = bytes([rng.choice(_ODD_BYTES)]) * rng.choice((1, 2, 4, 8))
    return bytes(made)


def cut_off(data: bytes, rng: random.Random) -> bytes:
    """The end is missing; now and then nearly all of it."""
    return data[: rng.randrange(len(data) if rng.random() < 0.8 else min(len(data), 64))]


def left_out(data: bytes, rng: random.Random) -> bytes:
    """A part in the middle is missing."""
    start = rng.randrange(len(data))
    return data[:start] + data[start + _length(data, rng) :]


def repeated(data: bytes, rng: random.Random) -> bytes:
    """A part comes again, some times over."""
    start = rng.randrange(len(data))
    part = data[start : start + _length(data, rng)]
    return (data[:start] + part * rng.choice((2, 3, 50)) + data[start + len(part) :])[:LARGEST]


def zeroed(data: bytes, rng: random.Random) -> bytes:
    """A part that the disk never wrote."""
    start = rng.randrange(len(data))
    length = min(_length(data, rng), len(data) - start)
    return data[:start] + bytes(length) + data[start + length :]


def moved(data: bytes, rng: random.Random) -> bytes:
    """Two parts of the same length change places."""
    length = min(_length(data, rng), len(data) // 2) or 1
    one, other = sorted(rng.randrange(max(len(data) - length, 1)) for _ in range(2))
    if other < one + length:
        return flipped_bits(data, rng)
    made = bytearray(data)
    made[one : one + length], made[other : other + length] = data[other : other + length], data[one : one + length]
    return bytes(made)


def broken_text(data: bytes, rng: random.Random) -> bytes:
    """A letter becomes a byte that no text has there."""
    letters = [match.start() for match in re.finditer(rb"[A-Za-z]", data)]
    if not letters:
        return flipped_bits(data, rng)
    at = rng.choice(letters)
    return data[:at] + bytes([rng.choice((0x80, 0xC3, 0xFF, 0x00))]) + data[at + 1 :]


def changed_head(data: bytes, rng: random.Random) -> bytes:
    """One of the first hundred bytes, where formats keep their sizes and versions."""
    at = rng.randrange(min(100, len(data)))
    return data[:at] + bytes([rng.choice((*_ODD_BYTES, rng.randrange(256)))]) + data[at + 1 :]


def other_numbers(data: bytes, rng: random.Random) -> bytes:
    """Numbers written in text are replaced by odd ones."""
    found = list(_NUMBER.finditer(data, 0, min(len(data), 1 << 20)))
    if not found:
        return odd_bytes(data, rng)
    for match in sorted(rng.sample(found, min(len(found), rng.choice((1, 1, 3)))), key=lambda each: -each.start()):
        data = data[: match.start()] + rng.choice(_ODD_NUMBERS) + data[match.end() :]
    return data


def other_lines(data: bytes, rng: random.Random) -> bytes:
    """A line of text is missing, comes twice, or changes places with another."""
    lines = data.split(b"\n")
    if len(lines) < 3:
        return left_out(data, rng)
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    match rng.randrange(3):
        case 0:
            del lines[one]
        case 1:
            lines.insert(other, lines[one])
        case _:
            lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def other_words(data: bytes, rng: random.Random) -> bytes:
    """A word of text is replaced by another one of the file, or is missing: keys, tags, names."""
    words = list(re.finditer(rb"[A-Za-z_]{2,40}", data[: 1 << 20]))
    if len(words) < 2:
        return flipped_bits(data, rng)
    one, other = rng.sample(words, 2)
    return data[: one.start()] + rng.choice((other.group(), b"")) + data[one.end() :]


ANY: Sequence[Mutator] = (
    flipped_bits,
    odd_bytes,
    cut_off,
    left_out,
    repeated,
    zeroed,
    moved,
    broken_text,
    changed_head,
)
TEXT: Sequence[Mutator] = (*ANY, other_numbers, other_numbers, other_lines, other_words)


def mutated(data: bytes, rng: random.Random, mutators: Sequence[Mutator]) -> bytes:
    """One to three mutations, one after the other."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        if data:
            data = rng.choice(mutators)(data, rng)
    return data


def _length(data: bytes, rng: random.Random) -> int:
    return max(1, int(len(data) ** rng.random()))
