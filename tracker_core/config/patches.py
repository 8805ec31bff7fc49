from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PatchConfig:
    """Patches cut for the classifier; the localiser's search region has their size."""

    size: int = 107  # side of the network's input (paper 3.1)
    padding: int = 16  # context around the target inside the patch, input pixels (MDNet)
    pad_value: int = 0  # grey level outside the frame; authors 0, MDNet 128
