"""Reads `imagenet-vgg-m.mat` and its kin: MatConvNet networks of the SimpleNN kind.

A variable `layers` holds a cell array of structs, found by `name`. Convolutions keep `weights` = {filters, biases}
(in very old files the fields `filters` and `biases`); filters are rows x columns x in x out, biases a row or a
column. Paddings in the file are ignored: the tracker uses none. Input is RGB, 0..255, minus 128.

Source: MatConvNet's `vl_simplenn_tidy` and `vl_nnnormalize`; the mean of 128 is the DLST authors'.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tracker_core.backbone_weights import BackboneWeights, ResponseNormalization, WeightsError
from tracker_core.vgg_m import CONVOLUTION_SHAPES, VGG_M_NORMALIZATION, vgg_m_description
from tracker_core.weights import mat5
from tracker_core.weights.mat5 import MatArray

LICENCE = "terms of the Visual Geometry Group, Oxford (its Caffe release says: non-commercial use only)"
SOURCE = "VGG-M: Chatfield et al., Return of the Devil in the Details, BMVC 2014; converted for MatConvNet"

_Layer = Mapping[str, MatArray]
_logger = logging.getLogger(__name__)


def read_matconvnet(path: Path) -> BackboneWeights:
    """Read conv1-conv3 and the normalisation; WeightsError (without the file's name) where they are not there."""
    layers = _layers_by_name(path.read_bytes())
    kernels, biases = {}, {}
    for name in CONVOLUTION_SHAPES:
        if name not in layers:
            raise WeightsError(f"expected the layers conv1, conv2 and conv3; got {_listed(layers)}")
        filters, bias = _filters_and_biases(name, layers[name])
        kernels[name] = _oihw(name, filters)
        biases[name] = _float32(f"{name} biases", bias).ravel()
    return BackboneWeights(
        vgg_m_description(_normalization(layers)),
        kernels=kernels,
        biases=biases,
        name=path.stem,
        metadata={"source": SOURCE, "licence": LICENCE},
    )


def _layers_by_name(file: bytes) -> dict[str, _Layer]:
    others, has_objects = [], False
    for variable in mat5.variables(file):
        if variable.name == "layers":
            return _named_layers(variable)
        others.append(variable.name)
        has_objects = has_objects or variable.is_object
    if has_objects:
        raise WeightsError(
            "it holds MATLAB objects, which only MATLAB can read; "
            "there, save the network's `layers` as a cell array of structs"
        )
    raise WeightsError(f'expected a variable "layers", got {_listed(others)}')


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names if name)[:200] or "none"


def _named_layers(variable: MatArray) -> dict[str, _Layer]:
    named: dict[str, _Layer] = {}
    for cell in variable.cells():
        if cell.is_object:
            raise WeightsError("its layers are MATLAB objects, which only MATLAB can read; save structs there")
        structs = cell.structs()
        if len(structs) != 1 or "name" not in structs[0]:
            raise WeightsError(f"expected each layer to be one struct with a name, got {cell.described}")
        named[structs[0]["name"].text()] = structs[0]
    return named


def _filters_and_biases(name: str, layer: _Layer) -> tuple[MatArray, MatArray]:
    if "weights" in layer:
        cells = layer["weights"].cells()
        if len(cells) != 2:
            raise WeightsError(f"{name} weights: expected filters and biases, got {len(cells)} arrays")
        return cells[0], cells[1]
    if "filters" in layer and "biases" in layer:
        return layer["filters"], layer["biases"]
    raise WeightsError(f"{name}: expected weights, or filters and biases; got {_listed(layer)}")


def _oihw(name: str, filters: MatArray) -> NDArray[np.float32]:
    values = _float32(f"{name} filters", filters)
    channels_out, channels_in, rows, columns = CONVOLUTION_SHAPES[name]
    expected = (rows, columns, channels_in, channels_out)
    if values.shape != expected:
        raise WeightsError(f"{name} filters: expected rows x columns x in x out {expected}, got {values.shape}")
    return np.ascontiguousarray(values.transpose(3, 2, 0, 1))


def _float32(what: str, array: MatArray) -> NDArray[np.float32]:
    values = array.numbers()
    if values.dtype.kind != "f":
        raise WeightsError(f"{what}: expected single or double numbers, got {values.dtype}")
    with np.errstate(over="ignore"):  # infinity is reported by BackboneWeights
        return values.astype(np.float32)


def _normalization(layers: Mapping[str, _Layer]) -> ResponseNormalization | None:
    found = [_normalization_of(name, layers[name]) for name in ("norm1", "norm2") if name in layers]
    if not found:
        _logger.warning("no response normalisation (norm1, norm2) in the file: this is not the VGG-M of the paper")
        return None
    if len(found) != 2 or found[0] != found[1]:
        raise WeightsError(f"expected the same normalisation after conv1 and conv2, got {found}")
    expected = VGG_M_NORMALIZATION
    numbers = (found[0].size, found[0].alpha, found[0].beta, found[0].k)
    if not np.allclose(numbers, (expected.size, expected.alpha, expected.beta, expected.k), rtol=1e-5):
        _logger.warning("unusual response normalisation: expected VGG-M's %s, got %s", expected, found[0])
    return found[0]


def _normalization_of(name: str, layer: _Layer) -> ResponseNormalization:
    if "param" not in layer:
        raise WeightsError(f"{name}: expected param = [N kappa alpha beta], got {_listed(layer)}")
    values = layer["param"].numbers().ravel().astype(np.float64)
    if values.size != 4 or not np.isfinite(values).all():
        raise WeightsError(f"{name}: expected param = [N kappa alpha beta], got {values.tolist()!r:.80}")
    size, kappa, alpha, beta = (float(value) for value in values)
    # MatConvNet multiplies alpha with the sum of squares, PyTorch and Caffe with their mean over N channels.
    normalization = ResponseNormalization(size=int(size), alpha=size * alpha, beta=beta, k=kappa)
    normalization.check()
    return normalization
