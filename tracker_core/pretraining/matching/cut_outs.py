"""Objects cut out of photographs by GrabCut, where one can be told from what is around it.

Photographs of objects have them in the middle: what lies along the border is taken to be background, and the
rest is the object unless it looks like that. Rules refuse what does not come out as one piece of a plausible size.
Source: Rother, Kolmogorov and Blake, SIGGRAPH 2004, in OpenCV's implementation.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker_core.pretraining.errors import TrainingStopped
from tracker_core.pretraining.pictures import Mask, Photograph
from tracker_core.tracker import Frame
from tracker_core.weights.safetensors_file import write_atomically

CACHE_NAME = "cut-outs.npz"

_VERSION = "1"  # of the rules below; masks of another one are made again
_SIDE = 160  # pixels: the longer side while an object is looked for
_BORDER = 0.04  # of the shorter side, taken to be background
_ROUNDS = 4
_SHARES = (0.08, 0.72)  # of the picture that an object may take
_LEAST_WHOLE = 0.8  # of what is found has to be in one piece
_LARGEST_HOLE = 0.02  # of the picture; larger ones are seen through
_NO_OBJECTS = "BACKGROUND"  # begins the name of Caltech-101's folder of pictures of anything
_TOLD_EVERY = 500


def object_mask(pixels: Frame) -> Mask | None:
    """Where the object of a photograph is, at its own size; None where the rules refuse it."""
    small = _small_mask(pixels)
    return None if small is None else _enlarged(small, pixels)


def cut_out_masks(
    photographs: Sequence[Photograph],
    folder: Path,
    *,
    threads: int,
    should_stop: Callable[[], bool],
    tell: Callable[[str], None],
) -> dict[int, Mask]:
    """Masks of the photographs whose object can be cut out, by number; looked for once, then kept in `folder`.

    Raises:
        TrainingStopped: told to stop before all were looked at.
    """
    fingerprint = _fingerprint(photographs)
    cache = folder / CACHE_NAME
    found = _Cache.read(cache, fingerprint)
    if found is None:
        tell(f"cutting objects out of {len(photographs):,} photographs; this is done once")
        small = {}
        with closing(_looked_for(photographs, threads)) as masks:
            for number, mask in enumerate(masks):
                if should_stop():
                    raise TrainingStopped
                if mask is not None:
                    small[number] = mask
                if (number + 1) % _TOLD_EVERY == 0:
                    tell(f"looked at {number + 1:,} photographs, {len(small):,} objects cut out")
        found = _Cache(fingerprint, small)
        found.write(cache)
    return {number: _enlarged(mask, photographs[number].pixels) for number, mask in found.masks.items()}


def _looked_for(photographs: Sequence[Photograph], threads: int) -> Generator[Mask | None]:
    """Small masks in the photographs' order; leaving the iterator ends what has not begun."""
    pool = ThreadPoolExecutor(threads, thread_name_prefix="cut-outs")
    try:
        yield from pool.map(_small_mask_of, photographs)
    finally:
        pool.shutdown(cancel_futures=True)


def _small_mask_of(photograph: Photograph) -> Mask | None:
    return None if photograph.group.startswith(_NO_OBJECTS) else _small_mask(photograph.pixels)


def _small_mask(pixels: Frame) -> Mask | None:
    """1 on the object, of `_small_size`."""
    small = cv2.resize(pixels, _small_size(pixels), interpolation=cv2.INTER_AREA)
    found = _foreground(np.asarray(small[:, :, ::-1], dtype=np.uint8).copy())
    if found is None:
        return None
    opened = np.asarray(cv2.morphologyEx(found, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), dtype=np.uint8)
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(opened)
    if count < 2:
        return None
    areas = statistics[1:, cv2.CC_STAT_AREA]
    largest = int(areas.argmax())
    share, whole = areas[largest] / opened.size, areas[largest] / areas.sum()
    if not _SHARES[0] < share < _SHARES[1] or whole <= _LEAST_WHOLE:
        return None
    return _without_small_holes((labels == 1 + largest).astype(np.uint8))


def _foreground(small_bgr: Frame) -> Mask | None:
    """1 on the foreground; None where GrabCut finds nothing to tell apart."""
    height, width = small_bgr.shape[:2]
    border = max(2, int(_BORDER * min(height, width)))
    mask = np.full((height, width), cv2.GC_BGD, np.uint8)
    mask[border:-border, border:-border] = cv2.GC_PR_FGD
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(0)  # of this thread: the same photograph gives the same mask whatever came before
    try:
        cv2.grabCut(small_bgr, mask, None, *models, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    except cv2.error:
        return None
    return np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)


def _without_small_holes(mask: Mask) -> Mask:
    filled = mask.copy()
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(1 - mask)
    for label in range(1, count):  # the background around the object is larger than any hole that is filled
        if statistics[label, cv2.CC_STAT_AREA] < _LARGEST_HOLE * mask.size and not _is_at_edge(labels == label):
            filled[labels == label] = 1
    return filled


def _is_at_edge(region: NDArray[np.bool_]) -> bool:
    return bool(region[0].any() or region[-1].any() or region[:, 0].any() or region[:, -1].any())


def _small_size(pixels: Frame) -> tuple[int, int]:
    """(width, height)."""
    height, width = pixels.shape[:2]
    scale = _SIDE / max(height, width)
    return round(width * scale), round(height * scale)


def _enlarged(small: Mask, pixels: Frame) -> Mask:
    height, width = pixels.shape[:2]
    large = np.asarray(cv2.resize(small * 255, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
    return np.where(large > 127, np.uint8(255), np.uint8(0))


def _fingerprint(photographs: Sequence[Photograph]) -> str:
    digest = hashlib.sha256(_VERSION.encode())
    for photograph in photographs:
        digest.update(f"{photograph.group}\n{photograph.pixels.shape}".encode())
        digest.update(np.ascontiguousarray(photograph.pixels).data)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class _Cache:
    """Small masks by the photograph's number, for photographs with one fingerprint."""

    fingerprint: str
    masks: dict[int, Mask]

    def write(self, path: Path) -> None:
        """One bit per pixel."""
        bits = [np.packbits(mask) for mask in self.masks.values()]
        sizes = np.array([mask.shape for mask in self.masks.values()], np.int32).reshape(-1, 2)
        file = io.BytesIO()
        np.savez(
            file,
            fingerprint=np.array(self.fingerprint),
            numbers=np.array(list(self.masks), np.int64),
            sizes=sizes,
            bits=np.concatenate([*bits, np.zeros(0, np.uint8)]),
        )
        write_atomically(path, file.getvalue())

    @classmethod
    def read(cls, path: Path, fingerprint: str) -> _Cache | None:
        """None where there is none for these photographs."""
        if not path.is_file():
            return None
        try:
            with np.load(path, allow_pickle=False) as file:
                if str(file["fingerprint"]) != fingerprint:
                    return None
                numbers, sizes, bits = file["numbers"], file["sizes"], file["bits"]
        except (ValueError, KeyError, OSError, zipfile.BadZipFile):
            return None  # they are made again, and tell so
        masks, begin = {}, 0
        for number, (height, width) in zip(numbers.tolist(), sizes.tolist(), strict=True):
            length = -(-height * width // 8)
            part = np.unpackbits(bits[begin : begin + length], count=height * width)
            masks[number] = part.reshape(height, width)
            begin += length
        return cls(fingerprint, masks)
