"""Reads a weight file of any known format; its suffix and its first bytes must agree on which one it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from tracker_core.backbone_weights import BackboneWeights, WeightsError
from tracker_core.weights.efficientnet_lite0 import efficientnet_lite0_weights, is_efficientnet_lite0
from tracker_core.weights.matconvnet import read_matconvnet
from tracker_core.weights.onnx_file import read_onnx
from tracker_core.weights.pymdnet import is_pymdnet, pymdnet_weights
from tracker_core.weights.pytorch_file import load_state
from tracker_core.weights.safetensors_file import read_safetensors

_MAX_FILE_BYTES = 512 << 20  # imagenet-vgg-m.mat has 0.4 GB


class FileContent(Enum):
    """What the first bytes of a file say it is."""

    MATLAB_5 = "a MATLAB 5 file"
    MATLAB_7_3 = "a MATLAB 7.3 (HDF5) file"
    PYTORCH = "a PyTorch file"
    PICKLE = "a bare Python pickle"
    SAFETENSORS = "a safetensors file"
    ONNX = "an ONNX file"
    WEB_PAGE = "a web page"
    EMPTY = "an empty file"
    UNKNOWN = "another kind of file"


@dataclass(frozen=True, slots=True)
class _Format:
    """One readable format; `read` raises WeightsError without the file's name."""

    suffix: str
    content: FileContent
    read: Callable[[Path], BackboneWeights]


def _read_pytorch(path: Path) -> BackboneWeights:
    """A `.pth` of one of the known networks, told by the names it holds."""
    state = load_state(path)
    if is_pymdnet(state):
        return pymdnet_weights(state, path.stem)
    if is_efficientnet_lite0(state):
        return efficientnet_lite0_weights(state)
    found = ", ".join(map(str, state))[:200]
    raise WeightsError(
        f'expected "shared_layers" with the tensors of py-MDNet, or EfficientNet-Lite0\'s state dict, got {found}'
    )


_FORMATS = (
    _Format(".mat", FileContent.MATLAB_5, read_matconvnet),
    _Format(".pth", FileContent.PYTORCH, _read_pytorch),
    _Format(".safetensors", FileContent.SAFETENSORS, read_safetensors),
    _Format(".onnx", FileContent.ONNX, read_onnx),
)

WEIGHT_SUFFIXES = tuple(known.suffix for known in _FORMATS)


def read_weight_file(path: Path) -> BackboneWeights:
    """Read a file: `.mat` (MatConvNet), `.pth` (py-MDNet), `.pth` or `.onnx` (EfficientNet-Lite0), `.safetensors`.

    No code from it is run.

    Raises:
        WeightsError: names the file, what was expected and what was found.
    """
    try:
        return _format_of(path).read(path)
    except WeightsError as error:
        raise WeightsError(f"{path}: {error}") from error
    except OSError as error:
        raise WeightsError(f"{path}: cannot be read: {error.strerror or error}") from error
    except MemoryError as error:
        raise WeightsError(f"{path}: does not fit into memory") from error


def _format_of(path: Path) -> _Format:
    if path.is_dir():
        raise WeightsError(f"expected a file ({', '.join(WEIGHT_SUFFIXES)}), got a folder")
    if not path.is_file():
        raise WeightsError("there is no such file; check its name and folder")
    if path.stat().st_size > _MAX_FILE_BYTES:
        raise WeightsError(f"expected at most {_MAX_FILE_BYTES} bytes, got {path.stat().st_size}")
    content = file_content(path)
    for known in _FORMATS:
        if path.suffix.lower() == known.suffix:
            if content == FileContent.MATLAB_7_3:
                raise WeightsError(f"expected {known.content.value}, got {content.value}; save it with -v7")
            if content != known.content:
                raise WeightsError(f"expected {known.content.value} by its suffix, got {content.value}")
            return known
    raise WeightsError(f"expected the suffix {', '.join(WEIGHT_SUFFIXES)}, got {path.suffix or 'none'}")


def file_content(path: Path) -> FileContent:
    """Tell the kind of a file from its first bytes."""
    with path.open("rb") as file:
        head = file.read(520)
    hdf5 = b"\x89HDF\r\n\x1a\n"
    pytorch = (b"PK\x03\x04", b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19")  # since and before PyTorch 1.6
    signs = (
        (not head, FileContent.EMPTY),
        (head.startswith((hdf5, b"MATLAB 7.3 MAT-file")) or head[512:] == hdf5, FileContent.MATLAB_7_3),
        (head.startswith(b"MATLAB 5.0 MAT-file"), FileContent.MATLAB_5),
        (head.startswith(pytorch), FileContent.PYTORCH),
        (_is_onnx(head), FileContent.ONNX),
        # Before this "{" stands the header's length, whose bytes may look like any other beginning.
        (head[8:9] == b"{", FileContent.SAFETENSORS),
        (head.startswith(b"\x80"), FileContent.PICKLE),
        (head.lstrip().startswith(b"<"), FileContent.WEB_PAGE),
    )
    return next((content for is_it, content in signs if is_it), FileContent.UNKNOWN)


def _is_onnx(head: bytes) -> bool:
    """A version of the format up to 31, and then one of the fields that can follow it.

    A safetensors header's length, which may begin likewise, ends in zeros.
    """
    return (
        len(head) > 8
        and head[0] == 0x08
        and 1 <= head[1] < 32
        and head[2] in b"\x12\x1a\x22\x28\x32\x3a\x42"
        and head[4:8] != bytes(4)
    )
