from __future__ import annotations

from pathlib import Path

import pytest

from tracker_core.backbone_weights import WeightsError
from tracker_core.weights.files import FileContent, file_content, read_weight_file

MATLAB_7_3 = b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(512) + b"\x89HDF\r\n\x1a\n"


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("vgg-m.mat", MATLAB_7_3, r"expected a MATLAB 5 file, got a MATLAB 7.3 \(HDF5\) file; save it with -v7"),
        (
            "vgg-m.mat",
            b"<!DOCTYPE html><title>404</title>",
            "expected a MATLAB 5 file by its suffix, got a web page",
        ),
        ("vgg-m.mat", b"", "expected a MATLAB 5 file by its suffix, got an empty file"),
        ("vgg-m.mat", b"PK\x03\x04rest", "expected a MATLAB 5 file by its suffix, got a PyTorch file"),
        ("mdnet.pth", b"MATLAB 5.0 MAT-file", "expected a PyTorch file by its suffix, got a MATLAB 5 file"),
        ("own.safetensors", b"PK\x03\x04rest", "expected a safetensors file by its suffix, got a PyTorch file"),
        ("own.SAFETENSORS", b"garbage", "expected a safetensors file by its suffix, got another kind of file"),
        ("own.onnx", b"PK\x03\x04rest", "expected an ONNX file by its suffix, got a PyTorch file"),
        ("own.onnx", b"\x08\x12\0\0\0\0\0\0{}", "expected an ONNX file by its suffix, got a safetensors file"),
        ("own.pth", b"\x08\x08\x12\x07pytorch", "expected a PyTorch file by its suffix, got an ONNX file"),
        ("weights.caffemodel", b"x", r"expected the suffix \.mat, \.pth, \.safetensors, \.onnx, got \.caffemodel"),
        ("weights", b"x", r"expected the suffix .*, got none"),
    ],
)
def test_file_when_suffix_and_content_disagree_names_both(
    tmp_path: Path, name: str, data: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(WeightsError, match=rf"{name}: {message}"):
        read_weight_file(tmp_path / name)


@pytest.mark.parametrize(("name", "message"), [("missing.mat", "there is no such file"), (".", "got a folder")])
def test_file_when_missing_or_a_folder_raises(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(WeightsError, match=message):
        read_weight_file(tmp_path / name)


def test_file_when_beyond_any_backbone_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.mat").open("wb") as file:
        file.truncate(2 << 30)  # sparse: takes no space
    with pytest.raises(WeightsError, match="expected at most 536870912 bytes, got 2147483648"):
        read_weight_file(tmp_path / "huge.mat")


@pytest.mark.parametrize("length", [0x80, 0x3C, 0x0280], ids=["pickle", "web page", "pickle of protocol 2"])
def test_content_when_a_safetensors_header_has_an_odd_length_is_safetensors(tmp_path: Path, length: int) -> None:
    (tmp_path / "a").write_bytes(length.to_bytes(8, "little") + b'{"a":1}')
    assert file_content(tmp_path / "a") == FileContent.SAFETENSORS
