"""The matching head as an ONNX model: what `MatchingHead` makes of several templates and one search region."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tracker_core.engine.onnx_encoding import OnnxFile

FINE, COARSE, KEYS, GATES = "fine", "coarse", "keys", "gates"
"""What goes in: (1, c, 2 rows, 2 columns), (1, c, rows, columns), (64 n, channels, 1, 1) and (n, width, 1, 1)."""

CONFIDENCES, DISTANCES = "confidence logits", "distance logarithms"
"""What comes out, before sigmoid and exponential: (n, 1, rows, columns) and (n, 4, rows, columns)."""

Parameters = Mapping[str, tuple[NDArray[np.float32], NDArray[np.float32]]]
"""Kernel and bias of each convolution."""


def matching_model(
    parameters: Parameters, *, overlay: NDArray[np.float32], sharpness: float, dilations: tuple[int, ...]
) -> bytes:
    """An ONNX file.

    Args:
        parameters: by the names of `MatchingHead`.
        overlay: (1, cells, k, k) kernel that lays a template's inner cells over each place.
        sharpness: factor on correlations.
        dilations: of the body's blocks.
    """
    file = OnnxFile()
    held = {
        f"{name}.{what}": file.hold(f"{name}.{what}", array)
        for name, (kernel, bias) in parameters.items()
        for what, array in (("weight", kernel), ("bias", bias))
    }
    width, channels = len(parameters["mix"][0]), len(parameters["key"][0])
    cells = overlay.shape[1]
    file.read(FINE, "float32", (1, "fine channels", "fine rows", "fine columns"))
    file.read(COARSE, "float32", (1, "coarse channels", "rows", "columns"))
    file.read(KEYS, "float32", ("keys", channels, 1, 1))
    file.read(GATES, "float32", ("n", width, 1, 1))

    def convolved(name: str, x: str, *, dilation: int = 1) -> str:
        kernel = parameters[name][0]
        return file.add(
            "Conv",
            (x, held[f"{name}.weight"], held[f"{name}.bias"]),
            name,
            group=1 if kernel.shape[1] > 1 else len(kernel),
            kernel_shape=kernel.shape[2:],
            dilations=(dilation, dilation),
            pads=(dilation * (kernel.shape[2] // 2),) * 4,
        )

    def separable(name: str, x: str, *, dilation: int = 1) -> str:
        inner = convolved(f"{name}.pointwise", convolved(f"{name}.depthwise", x, dilation=dilation))
        return file.add("Relu", (file.add("Add", (x, inner), f"{name}.sum"),), f"{name}.relu")

    nested = file.add("SpaceToDepth", (FINE,), "nested", blocksize=2)
    joined = file.add("Concat", (nested, COARSE), "joined", axis=1)
    features = file.add("Relu", (convolved("neck", joined),), "features")
    queries = file.add("LpNormalization", (convolved("key", features),), "queries", axis=1, p=2)
    file.hold("by template", np.array([-1, cells, 0, 0]))
    file.hold("sharpness", np.array(sharpness, np.float32))
    file.hold("overlay", overlay)
    each = file.add("Conv", (queries, KEYS), "each", kernel_shape=(1, 1))
    by_template = file.add("Reshape", (each, "by template"), "correlations by template")
    correlations = file.add("Mul", (by_template, "sharpness"), "correlations")
    before, behind = (overlay.shape[2] - 1) // 2, overlay.shape[2] // 2
    pads = (before, before, behind, behind)
    overlaid = file.add("Conv", (correlations, "overlay"), "overlaid", kernel_shape=overlay.shape[2:], pads=pads)
    gated = file.add("Mul", (features, GATES), "gated")
    mixed = file.add("Concat", (correlations, overlaid, gated), "mixed", axis=1)
    y = file.add("Relu", (convolved("mix", mixed),), "mix.relu")
    for number, dilation in enumerate(dilations):
        y = separable(f"body.{number}", y, dilation=dilation)
    file.add("Identity", (convolved("confidence", y),), CONFIDENCES)
    file.add("Identity", (convolved("distances", separable("box", y)),), DISTANCES)
    file.give(CONFIDENCES, "float32", ("n", 1, "rows", "columns"))
    file.give(DISTANCES, "float32", ("n", 4, "rows", "columns"))
    return file.data()
