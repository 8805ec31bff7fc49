"""Changes to a file's bytes as disks and careless programs make them; the same seed makes the same ones."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

Mutation = Callable[[bytearray, random.Random], None]
"""Changes the bytes in place."""


def flip_bits(data: bytearray, chance: random.Random) -> None:
    """One to eight bits anywhere."""
    for _ in range(chance.randint(1, 8)):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def overwrite_range(data: bytearray, chance: random.Random) -> None:
    """Up to 8 KB of zeros, ones or noise."""
    start = chance.randrange(len(data))
    length = min(chance.randint(1, 8192), len(data) - start)
    fillings = (b"\0" * length, b"\xff" * length, chance.randbytes(length))
    data[start : start + length] = chance.choice(fillings)


def cut_short(data: bytearray, chance: random.Random) -> None:
    """The end is missing."""
    del data[chance.randrange(len(data)) :]


def repeat_range(data: bytearray, chance: random.Random) -> None:
    """A piece stands where another should be."""
    length = min(chance.randint(1, 4096), len(data))
    source, target = (chance.randrange(len(data) - length + 1) for _ in range(2))
    data[target : target + length] = data[source : source + length]


def flip_in_text(data: bytearray, chance: random.Random) -> None:
    """A byte of a word becomes one that no text has."""
    letters = [index for index, byte in enumerate(data) if chr(byte).isalpha() and byte < 128]
    if letters:
        data[chance.choice(letters)] = chance.choice((0x80, 0xC3, 0xFF, 0x00))


def change_number_in_head(data: bytearray, chance: random.Random) -> None:
    """One of the first hundred bytes, where formats keep their sizes and versions."""
    data[chance.randrange(min(100, len(data)))] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))


MUTATIONS: Mapping[str, Mutation] = {
    "bits flipped": flip_bits,
    "range overwritten": overwrite_range,
    "cut short": cut_short,
    "range repeated": repeat_range,
    "text broken": flip_in_text,
    "head changed": change_number_in_head,
}


def mutated(data: bytes, name: str, seed: int) -> bytes:
    """A copy with one of `MUTATIONS`."""
    changed = bytearray(data)
    MUTATIONS[name](changed, random.Random(f"{name} {seed}"))
    return bytes(changed)
