"""What is trained on: photographs and clips with masks, read from folders and kept in memory.

A folder with `img` and `mask` is a clip (same file names in both, masks white on the object); every other image
is a photograph, its folder's name its group. Benchmark sequences are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker_core.box import Box
from tracker_core.pretraining.errors import PretrainingError
from tracker_core.tracker import Frame

Mask = NDArray[np.uint8]
"""(height, width), 255 on the object."""

EVALUATION_SEQUENCES = frozenset(
    {
        *("biker", "crossing", "deer", "dragonbaby", "girl", "motorrolling"),
        *("bag", "wakeboard7", "dog", "libby", "scooter-black"),
    }
)
"""Clips that trackers are judged on here, in lower case and without the benchmark's prefix."""

_BENCHMARK_PREFIXES = ("davis_", "otb_", "uav_", "vot15_")
_IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
_SMALLEST_SIDE = 64
_SMALLEST_OBJECT = 14


@dataclass(frozen=True, slots=True, eq=False)
class Photograph:
    """One still; photographs of one group often show the same kind of thing."""

    pixels: Frame
    group: str


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """One frame of a clip, and where its object is."""

    pixels: Frame
    mask: Mask
    box: Box


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """One object in motion: its moments in order of time, without those where it cannot be seen."""

    name: str
    moments: tuple[Moment, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """All that was read, and what was left out with the reason."""

    photographs: tuple[Photograph, ...]
    clips: tuple[Clip, ...]
    skipped: tuple[str, ...]

    def split(self, interval: int) -> tuple[Pictures, Pictures]:
        """What is trained on, with all clips; and every `interval`-th photograph, which is only judged on."""
        held_out = self.photographs[::interval]
        rest = tuple(photo for index, photo in enumerate(self.photographs) if index % interval)
        return Pictures(rest, self.clips, self.skipped), Pictures(held_out, (), ())

    def summary(self) -> str:
        """How many there are, and which clips."""
        names = ", ".join(clip.name for clip in self.clips)
        clips = f" and {len(self.clips)} clips ({names})" if self.clips else ""
        return f"{len(self.photographs):,} photographs{clips}"


def read_pictures(
    folders: Sequence[Path], *, longest_side: int, note: Callable[[str], None] = lambda _: None
) -> Pictures:
    """Read all folders, in an order that depends on names alone.

    Args:
        folders: photographs and clips at any depth.
        longest_side: larger pictures are made smaller, pixels.
        note: told of each picture that is left out.

    Raises:
        PretrainingError: no such folder, an evaluation sequence, or too few photographs.
    """
    photographs: list[Photograph] = []
    clips: list[Clip] = []
    skipped: list[str] = []

    def skip(path: Path, reason: str) -> None:
        skipped.append(f"{path}: {reason}")
        note(f"left out {skipped[-1]}")

    for root in folders:
        if not root.is_dir():
            raise PretrainingError(f"{root}: expected a folder of photographs and clips; there is none")
        for path in _walk(root):
            if path.is_dir():
                clip = _read_clip(path, longest_side, skip)
                clips += [clip] if len(clip.moments) >= 2 else []
            elif (pixels := read_frame(path)) is None:
                skip(path, "cannot be read as an image")
            elif min(pixels.shape[:2]) < _SMALLEST_SIDE:
                skip(path, f"expected sides of at least {_SMALLEST_SIDE} px, got {pixels.shape[1::-1]}")
            else:
                photographs.append(Photograph(_limited(pixels, longest_side), path.parent.name))
    if len(photographs) < 4:
        raise PretrainingError(
            f"expected at least 4 photographs in {', '.join(map(str, folders))}, got {len(photographs)}"
        )
    return Pictures(tuple(photographs), tuple(clips), tuple(skipped))


def _walk(folder: Path) -> Iterator[Path]:
    """Image files and clip folders below a folder, by name."""
    entries = sorted(folder.iterdir())
    if any(entry.name.startswith("groundtruth") for entry in entries):
        raise PretrainingError(
            f"{folder}: has ground truth, so trackers are judged on it; expected other pictures to train on"
        )
    if (folder / "img").is_dir() and (folder / "mask").is_dir():
        _refuse_evaluation_sequence(folder)
        yield folder
        return
    for entry in entries:
        if entry.is_dir():
            yield from _walk(entry)
        elif entry.suffix.lower() in _IMAGE_SUFFIXES:
            yield entry


def _refuse_evaluation_sequence(clip: Path) -> None:
    name = clip.name.lower()
    for prefix in _BENCHMARK_PREFIXES:
        name = name.removeprefix(prefix)
    if name in EVALUATION_SEQUENCES:
        raise PretrainingError(f"{clip}: trackers are judged on this clip; train on a folder without it")


def _read_clip(folder: Path, longest_side: int, skip: Callable[[Path, str], None]) -> Clip:
    masks = {path.stem: path for path in (folder / "mask").iterdir()}
    moments = []
    for path in sorted((folder / "img").iterdir()):
        pixels = read_frame(path)
        mask = _read(masks[path.stem], cv2.IMREAD_GRAYSCALE) if path.stem in masks else None
        if pixels is None or mask is None or pixels.shape[:2] != mask.shape[:2]:
            skip(path, "expected a readable frame with a mask of its size")
            continue
        pixels, mask = _limited(pixels, longest_side), _limited(mask, longest_side)
        box = box_of_mask(mask)
        if box is not None and min(box.width, box.height) >= _SMALLEST_OBJECT:
            moments.append(Moment(pixels, mask, box))
    return Clip(folder.name, tuple(moments))


def box_of_mask(mask: Mask) -> Box | None:
    """The smallest box around a mask's bright part; None where there is none."""
    x, y, width, height = cv2.boundingRect((mask > 127).astype(np.uint8))
    return Box(float(x), float(y), float(width), float(height)) if width > 0 else None


def read_frame(path: Path) -> Frame | None:
    """An image file as RGB; None where it is none."""
    pixels = _read(path, cv2.IMREAD_COLOR)
    return None if pixels is None else np.ascontiguousarray(pixels[:, :, ::-1])


def _read(path: Path, flag: int) -> NDArray[np.uint8] | None:
    pixels = cv2.imdecode(np.frombuffer(path.read_bytes() or b"\0", np.uint8), flag)
    return None if pixels is None else np.asarray(pixels, dtype=np.uint8)


def _limited(pixels: NDArray[np.uint8], longest_side: int) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    scale = longest_side / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
