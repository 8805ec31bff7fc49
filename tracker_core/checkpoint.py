"""What was learned of a target since its first frame, as plain arrays: another process goes on from there.

A tracker is first initialized as it was, on the same frame and box: that gives everything which follows from
them, such as templates and box regression. What has changed since then is taken from the checkpoint.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from tracker_core.localizer import RegionCrops
from tracker_core.row_store import Rows
from tracker_core.sample_memory import NO_BOXES, FrameSamples, Provenance, SampleMemory
from tracker_core.sample_view import SampleSource
from tracker_core.tracker import Checkpoint, CheckpointError

_LEFT = -1  # count of the negatives of a frame that have left the short window


def memory_arrays(memory: SampleMemory) -> Checkpoint:
    """The samples of learned frames; those of manual boxes come from `initialize`."""
    recent = memory.recent
    arrays: dict[str, NDArray[np.generic]] = {
        "positive_counts": np.array([len(samples.positives) for samples in recent], dtype=np.int64),
        "negative_counts": np.array(
            [_LEFT if samples.negatives is None else len(samples.negatives) for samples in recent], dtype=np.int64
        ),
        "region_counts": np.array(
            [0 if samples.regions is None else len(samples.regions.origins) for samples in recent], dtype=np.int64
        ),
    }
    origins = [samples.provenance for samples in recent]
    arrays["provenance"] = np.array(
        [(each.call, each.source, each.first_update) for each in origins], dtype=np.int64
    ).reshape(-1, 3)
    for name in ("positive_boxes", "negative_boxes"):
        arrays[name] = np.concatenate([NO_BOXES, *(getattr(samples, name) for samples in recent)])
    regions = [samples.regions for samples in recent if samples.regions is not None]
    rows = {
        "positives": [samples.positives for samples in recent],
        "negatives": [samples.negatives for samples in recent if samples.negatives is not None],
        "regions": [each.pixels for each in regions],
    }
    arrays |= {name: _values(Rows.joined(parts)) for name, parts in rows.items() if parts}
    if regions:
        arrays["region_origins"] = np.concatenate([each.origins for each in regions])
    return arrays


def memory_of(
    checkpoint: Checkpoint,
    kept: tuple[FrameSamples, ...],
    put_features: Callable[[torch.Tensor], Rows],
    put_pixels: Callable[[torch.Tensor], Rows] | None = None,
) -> SampleMemory:
    """The memory that `memory_arrays` was told of.

    Args:
        checkpoint: has what it gave.
        kept: samples of manual boxes.
        put_features: stores them.
        put_pixels: likewise; None where the variant has no search regions.
    """
    positives, negatives, regions, origins, positive_boxes, negative_boxes = (
        _parts(checkpoint, name, counts)
        for name, counts in (
            ("positives", "positive_counts"),
            ("negatives", "negative_counts"),
            ("regions", "region_counts"),
            ("region_origins", "region_counts"),
            ("positive_boxes", "positive_counts"),
            ("negative_boxes", "negative_counts"),
        )
    )
    known = [
        Provenance(call, SampleSource(source), first)
        for call, source, first in checkpoint["provenance"].astype(np.int64).tolist()
    ]
    recent = []
    for on_target, off_target, pixels, places, provenance, on_boxes, off_boxes in zip(
        positives, negatives, regions, origins, known, positive_boxes, negative_boxes, strict=True
    ):
        if on_target is None:
            raise CheckpointError("expected samples on the target in every learned frame")
        crops = None
        if pixels is not None and places is not None and len(pixels):
            if put_pixels is None:
                raise CheckpointError("expected no search regions: this tracker has no localiser")
            crops = RegionCrops(put_pixels(torch.from_numpy(pixels)), places.astype(np.float64))
        recent.append(
            FrameSamples(
                put_features(torch.from_numpy(on_target)),
                None if off_target is None else put_features(torch.from_numpy(off_target)),
                crops,
                provenance,
                _as_boxes(on_boxes),
                _as_boxes(off_boxes),
            )
        )
    return SampleMemory(tuple(recent), kept)


def tensor_arrays(name: str, tensors: Sequence[torch.Tensor]) -> Checkpoint:
    """Tensors as numbered arrays, exact."""
    return {f"{name}.{number}": _as_array(tensor) for number, tensor in enumerate(tensors)}


def tensors_of(checkpoint: Checkpoint, name: str, like: Sequence[torch.Tensor]) -> tuple[torch.Tensor, ...]:
    """What `tensor_arrays` was told of, with device and type of others; CheckpointError where a shape differs."""
    found = [torch.from_numpy(checkpoint[f"{name}.{number}"]) for number in range(len(like))]
    if [each.shape for each in found] != [each.shape for each in like]:
        raise CheckpointError(f"expected {name} of other shapes")
    return tuple(each.to(other.device, other.dtype) for each, other in zip(found, like, strict=True))


def stream_arrays(rng: np.random.Generator, dropout: torch.Generator) -> Checkpoint:
    """Where the random streams are."""
    state = json.dumps(rng.bit_generator.state).encode()
    return {"rng": np.frombuffer(state, dtype=np.uint8), "dropout": dropout.get_state().numpy()}


def continue_streams(checkpoint: Checkpoint, rng: np.random.Generator, dropout: torch.Generator) -> None:
    """Set random streams to where others were."""
    rng.bit_generator.state = json.loads(checkpoint["rng"].tobytes())
    dropout.set_state(torch.from_numpy(checkpoint["dropout"]))


def taken_over(take: Callable[[Checkpoint], None], checkpoint: Checkpoint) -> None:
    """Let a tracker take a checkpoint; CheckpointError where it is of something else."""
    try:
        take(checkpoint)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"this checkpoint is of another tracker: {error}") from error


def _values(rows: Rows) -> NDArray[np.generic]:
    return _as_array(rows.store.values[rows.places])


def _as_array(tensor: torch.Tensor) -> NDArray[np.generic]:
    # numpy has no bfloat16; on the way back nothing is lost.
    tensor = tensor.detach().cpu()
    return np.asarray((tensor.float() if tensor.dtype is torch.bfloat16 else tensor).numpy())


def _as_boxes(rows: NDArray[np.generic] | None) -> NDArray[np.float32]:
    return NO_BOXES if rows is None else rows.astype(np.float32)


def _parts(checkpoint: Checkpoint, name: str, counts_name: str) -> list[NDArray[np.generic] | None]:
    """Rows split again by frame; None for those that have left."""
    counts = checkpoint[counts_name].astype(np.int64)
    used = np.maximum(counts, 0)
    if name not in checkpoint:
        if used.any():
            raise CheckpointError(f"expected {name}")
        return [None] * len(counts)
    rows = checkpoint[name]
    if len(rows) != used.sum():
        raise CheckpointError(f"expected {used.sum()} {name}, got {len(rows)}")
    parts = np.split(rows, np.cumsum(used)[:-1]) if len(used) else []
    return [None if count == _LEFT else part for count, part in zip(counts, parts, strict=True)]
