"""A head trained beforehand that finds a template's object in a search region, with a tight box. Ours.

Every cell of the search region is compared with every cell of the template (pixel-wise correlation, as LightTrack
and FEAR do); three separable convolutions make of it a confidence and a box per cell. Confidence is the overlap
that the box is expected to have (generalised focal loss, Li et al. 2020). Its training: docs/pretraining.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from numpy.typing import NDArray

from tracker_core.backbone_weights import EXTRA_PREFIX, WeightsError
from tracker_core.box import BoxArray
from tracker_core.engine.session import OnnxSession
from tracker_core.studio.matching_model import (
    COARSE,
    CONFIDENCES,
    DISTANCES,
    FINE,
    GATES,
    KEYS,
    matching_model,
)

FINE_LAYER, COARSE_LAYER = "block4", "block10"
"""The trunk's outputs it reads: stride 8 and stride 16."""

TEMPLATE_SIZE, SEARCH_SIZE = 128, 256
"""Network pixels along a side."""

TEMPLATE_FACTOR, SEARCH_FACTOR = 2.0, 4.0
"""Sides of the squares over the object's mean side: it is 64 network pixels large in both."""

_STRIDE = 16
_FIRST_CELL = 15.5  # centre of cell 0, network pixels
_UNIT = 32.0  # network pixels: a distance of exp(0)
_SHARPNESS = 4.0  # factor on correlations, -1..1
_TEMPLATE_CELLS = 8  # along a side
_INNER = slice(2, 6)  # those of them that the object fills
_INNER_SHAPE = (4, 4)
_OVERLAY_AROUND = (1, 2, 1, 2)  # left, right, top, bottom
_DILATIONS = (1, 2, 1)
_BLOCKS = (*(f"body.{number}" for number in range(len(_DILATIONS))), "box")


@dataclass(frozen=True, slots=True)
class MatchingTemplate:
    """What an object looks like to the head.

    Attributes:
        keys: (1, channels, 64) unit vectors of the template's cells.
        gate: (1, channels, 1, 1), 0..1: which features matter.
    """

    keys: torch.Tensor
    gate: torch.Tensor


@dataclass(frozen=True, slots=True)
class MatchMap:
    """What the head says of a search region's cells, row by row.

    Attributes:
        confidences: (cells,) 0..1, the overlap to expect.
        boxes_xywh: (cells, 4) network pixels from the region's corner.
    """

    confidences: NDArray[np.float64]
    boxes_xywh: BoxArray


class MatchingHead:
    """Runs the head; parameters are frozen.

    Args:
        tensors: by name, as `BackboneWeights.extra_tensors` has them.
        device: where it runs.

    Raises:
        WeightsError: a tensor is missing or has another shape than its neighbours ask for.
    """

    def __init__(self, tensors: Mapping[str, NDArray[np.float32]], device: torch.device) -> None:
        self._parameters: dict[str, tuple[torch.Tensor, torch.Tensor]] = {}
        for name, expected in _shapes(tensors).items():
            try:
                kernel, bias = (tensors[f"{EXTRA_PREFIX}{name}.{what}"] for what in ("weight", "bias"))
            except KeyError as error:
                raise WeightsError(f"expected a matching head with {error}, got none") from error
            if (kernel.shape, bias.shape) != (expected, expected[:1]):
                raise WeightsError(
                    f"{name}: expected a kernel {expected} and a bias {expected[:1]}, "
                    f"got {kernel.shape} and {bias.shape}"
                )
            self._parameters[name] = (torch.tensor(kernel, device=device), torch.tensor(bias, device=device))
        self._overlay = torch.tensor(_overlay(), device=device)
        self._session: OnnxSession | None = None
        if device.type == "cpu":
            parameters = {name: (k.numpy(), b.numpy()) for name, (k, b) in self._parameters.items()}
            model = matching_model(parameters, overlay=_overlay(), sharpness=_SHARPNESS, dilations=_DILATIONS)
            self._session = OnnxSession(model, threads=torch.get_num_threads())

    @torch.no_grad()
    def template(self, fine: torch.Tensor, coarse: torch.Tensor) -> MatchingTemplate:
        """From the trunk's outputs over the template's square: (1, c, 16, 16) and (1, c, 8, 8)."""
        x = self._joined(fine, coarse)
        keys = F.normalize(self._convolved("key", x), dim=1)
        gate = self._convolved("gate", x[:, :, _INNER, _INNER].mean(dim=(2, 3), keepdim=True))
        return MatchingTemplate(keys.flatten(2), torch.sigmoid(gate))

    @torch.no_grad()
    def match(
        self, templates: Sequence[MatchingTemplate], fine: torch.Tensor, coarse: torch.Tensor
    ) -> list[MatchMap]:
        """Look for all templates in a search region; one map each.

        Args:
            templates: what is looked for.
            fine: the trunk's output at stride 8 over the search square, (1, c, 32, 32).
            coarse: likewise at stride 16, (1, c, 16, 16).
        """
        keys = torch.cat([template.keys for template in templates]).transpose(1, 2)  # (n, 64, channels)
        keys = keys.flatten(0, 1)[:, :, None, None]
        gates = torch.cat([template.gate for template in templates])
        raw = self._matched if self._session is None else self._matched_by_session
        logits, logarithms = raw(keys, gates, fine, coarse)
        confidences = torch.sigmoid(logits).cpu().numpy()
        distances = _UNIT * torch.exp(logarithms.clamp(-4, 3)).cpu().numpy()
        return [_as_map(*each) for each in zip(confidences[:, 0], distances, strict=True)]

    def _matched(
        self, keys: torch.Tensor, gates: torch.Tensor, fine: torch.Tensor, coarse: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """What `matching_model` computes: logits of confidences and logarithms of distances."""
        features = self._joined(fine, coarse)
        queries = F.normalize(self._convolved("key", features), dim=1)
        correlations = _SHARPNESS * F.conv2d(queries, keys)
        correlations = correlations.view(len(gates), -1, *correlations.shape[2:])
        overlaid = _overlaid(correlations, self._overlay)
        y = F.relu(self._convolved("mix", torch.cat([correlations, overlaid, features * gates], dim=1)))
        for number, dilation in enumerate(_DILATIONS):
            y = self._separable(f"body.{number}", y, dilation)
        return self._convolved("confidence", y), self._convolved("distances", self._separable("box", y, 1))

    def _matched_by_session(
        self, keys: torch.Tensor, gates: torch.Tensor, fine: torch.Tensor, coarse: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The same, on a processor."""
        assert self._session is not None
        inputs = {FINE: fine, COARSE: coarse, KEYS: keys, GATES: gates}
        found = self._session.run({name: x.numpy() for name, x in inputs.items()})
        return torch.from_numpy(found[CONFIDENCES]), torch.from_numpy(found[DISTANCES])

    def _joined(self, fine: torch.Tensor, coarse: torch.Tensor) -> torch.Tensor:
        """Both outputs as features of the coarse cells."""
        _, channels, rows, columns = fine.shape
        nested = fine.float().view(1, channels, rows // 2, 2, columns // 2, 2)
        beside = nested.permute(0, 3, 5, 1, 2, 4).reshape(1, 4 * channels, rows // 2, columns // 2)
        return F.relu(self._convolved("neck", torch.cat([beside, coarse.float()], dim=1)))

    def _separable(self, name: str, x: torch.Tensor, dilation: int) -> torch.Tensor:
        kernel, bias = self._parameters[f"{name}.depthwise"]
        y = F.conv2d(x, kernel, bias, padding=dilation, dilation=dilation, groups=len(kernel))
        return F.relu(x + self._convolved(f"{name}.pointwise", y))

    def _convolved(self, name: str, x: torch.Tensor) -> torch.Tensor:
        kernel, bias = self._parameters[name]
        return F.conv2d(x, kernel, bias)


def _shapes(tensors: Mapping[str, NDArray[np.float32]]) -> dict[str, tuple[int, ...]]:
    """Kernels as they have to be, given how many features the neck makes and of how many channels keys are."""
    nothing = np.empty((0, 0), dtype=np.float32)
    neck, key = (tensors.get(f"{EXTRA_PREFIX}{name}.weight", nothing) for name in ("neck", "key"))
    width, inputs = len(neck), neck.shape[1] if neck.ndim > 1 else 0
    shapes: dict[str, tuple[int, ...]] = {
        "neck": (width, inputs, 1, 1),
        "key": (len(key), width, 1, 1),
        "gate": (width, width, 1, 1),
        "mix": (width, _TEMPLATE_CELLS**2 + 1 + width, 1, 1),
        "distances": (4, width, 1, 1),
        "confidence": (1, width, 1, 1),
    }
    for block in _BLOCKS:
        shapes[f"{block}.depthwise"] = (width, 1, 3, 3)
        shapes[f"{block}.pointwise"] = (width, width, 1, 1)
    return shapes


def _overlaid(correlations: torch.Tensor, overlay: torch.Tensor) -> torch.Tensor:
    """(n, 64, rows, columns) -> (n, 1, rows, columns): the template's inner cells laid over each place."""
    return F.conv2d(F.pad(correlations, _OVERLAY_AROUND), overlay)


def _overlay() -> NDArray[np.float32]:
    """(1, 64, 4, 4) kernel over correlations: of the inner cells each at its place, their mean."""
    kernel = np.zeros((1, _TEMPLATE_CELLS, _TEMPLATE_CELLS, *_INNER_SHAPE), np.float32)
    for y, x in np.ndindex(_INNER_SHAPE):
        kernel[0, _INNER.start + y, _INNER.start + x, y, x] = 1 / np.prod(_INNER_SHAPE)
    return kernel.reshape(1, -1, *_INNER_SHAPE)


def _as_map(confidences: NDArray[np.float32], distances: NDArray[np.float32]) -> MatchMap:
    rows, columns = confidences.shape
    y, x = (_FIRST_CELL + _STRIDE * grid for grid in np.mgrid[:rows, :columns].astype(np.float64))
    left, top, right, bottom = distances.astype(np.float64)
    boxes = np.stack([x - left, y - top, left + right, top + bottom], axis=-1)
    return MatchMap(confidences.ravel().astype(np.float64), boxes.reshape(-1, 4))
