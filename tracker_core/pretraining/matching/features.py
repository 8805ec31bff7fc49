"""Features of pairs: made once by the frozen trunk, kept in half precision, and drawn from many times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from tracker_core.pretraining.matching.pairs import Pair, PairMaker
from tracker_core.pretraining.matching.trunk import Trunk
from tracker_core.tracker import Frame


@dataclass(frozen=True, slots=True, eq=False)
class Maps:
    """What a trunk sees in n images.

    Attributes:
        fine: (n, 40, 2 h, 2 w), stride 8.
        coarse: (n, 112, h, w), stride 16; of no channels where a tail is trained that makes them.
    """

    fine: torch.Tensor
    coarse: torch.Tensor

    def rolled(self) -> Maps:
        """Each image's maps given to the next."""
        return Maps(self.fine.roll(1, 0), self.coarse.roll(1, 0))


@dataclass(frozen=True, slots=True, eq=False)
class PairFeatures:
    """n pairs as the head takes them.

    Attributes:
        template: 8 x 8 coarse cells.
        search: 16 x 16 coarse cells.
        edges: (n, 4) left, top, right, bottom of boxes in search pixels; zeros where there is none.
        has_target: (n,) bool.
    """

    template: Maps
    search: Maps
    edges: torch.Tensor
    has_target: torch.Tensor

    def tensors(self) -> tuple[torch.Tensor, ...]:
        """All of them; `of_tensors` takes them back."""
        template, search = self.template, self.search
        return template.fine, template.coarse, search.fine, search.coarse, self.edges, self.has_target

    @classmethod
    def of_tensors(cls, tensors: Sequence[torch.Tensor]) -> PairFeatures:
        """What `tensors` gave."""
        return cls(Maps(*tensors[:2]), Maps(*tensors[2:4]), *tensors[4:])

    @classmethod
    def joined(cls, parts: Sequence[PairFeatures]) -> PairFeatures:
        """All pairs of at least one part, in their order."""
        return cls.of_tensors([torch.cat(tensors) for tensors in zip(*(p.tensors() for p in parts), strict=True)])

    def rows(self, begin: int, end: int) -> PairFeatures:
        """Some of the pairs."""
        return PairFeatures.of_tensors([tensor[begin:end] for tensor in self.tensors()])

    def __len__(self) -> int:
        return len(self.edges)

    def widened(self) -> PairFeatures:
        """In single precision, as the head computes."""
        return PairFeatures.of_tensors([t.float() if t.is_floating_point() else t for t in self.tensors()])

    def swapped(self) -> PairFeatures:
        """Every template is another pair's, and there is nothing to find."""
        nothing = torch.zeros_like(self.has_target)
        return PairFeatures(self.template.rolled(), self.search, torch.zeros_like(self.edges), nothing)


@torch.no_grad()
def features_of(pairs: Sequence[Pair], trunk: Trunk) -> PairFeatures:
    """What the trunk sees in pairs, in half precision."""
    template = _seen([pair.template for pair in pairs], trunk)
    search = _seen([pair.search for pair in pairs], trunk)
    boxes = [pair.box for pair in pairs]
    edges = [(0.0,) * 4 if box is None else (box.x, box.y, box.right, box.bottom) for box in boxes]
    halves = [maps.half().contiguous(memory_format=torch.channels_last) for maps in (*template, *search)]
    return PairFeatures.of_tensors(
        [*halves, torch.tensor(edges, dtype=torch.float32), torch.tensor([box is not None for box in boxes])]
    )


def _seen(images: Sequence[Frame], trunk: Trunk) -> tuple[torch.Tensor, torch.Tensor]:
    """One image at a time: what a trunk works on stays in the processor's cache, which saves a quarter."""
    fine, coarse = zip(*(trunk(torch.from_numpy(image)[None]) for image in images), strict=True)
    return torch.cat(fine), torch.cat(coarse)


@dataclass(frozen=True, slots=True, eq=False)
class FeatureMaker:
    """Makes features by number; for any thread."""

    maker: PairMaker
    trunk: Trunk
    chunk: int

    def make(self, number: int) -> PairFeatures:
        """Those of chunk `number`: that many pairs from `number * chunk` on."""
        first = number * self.chunk
        return features_of([self.maker.make(pair) for pair in range(first, first + self.chunk)], self.trunk)


class ReplayBuffer:
    """The latest pairs, at most `capacity`; memory is taken as they come."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._kept: tuple[torch.Tensor, ...] = ()
        self._added = 0

    def __len__(self) -> int:
        return min(self._added, self._capacity)

    def add(self, features: PairFeatures) -> None:
        """Keep more pairs; the oldest make room for them."""
        if not self._kept:
            self._kept = tuple(_space_for(tensor, self._capacity) for tensor in features.tensors())
        places = (self._added + torch.arange(len(features))) % self._capacity
        for kept, tensor in zip(self._kept, features.tensors(), strict=True):
            kept[places] = tensor
        self._added += len(features)

    def drawn(self, rng: np.random.Generator, n: int) -> PairFeatures:
        """`n` different pairs in any order, in single precision."""
        places = torch.from_numpy(rng.choice(len(self), n, replace=False))
        return PairFeatures.of_tensors([kept[places] for kept in self._kept]).widened()

    def first(self, n: int) -> PairFeatures:
        """The first `n` pairs of a buffer that is not full yet, in single precision."""
        return PairFeatures.of_tensors([kept[:n] for kept in self._kept]).widened()


def _space_for(tensor: torch.Tensor, capacity: int) -> torch.Tensor:
    """Maps channels last, as convolutions read them."""
    layout = torch.channels_last if tensor.ndim == 4 else torch.contiguous_format
    return torch.empty((capacity, *tensor.shape[1:]), dtype=tensor.dtype, memory_format=layout)
