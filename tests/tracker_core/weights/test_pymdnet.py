from __future__ import annotations

import os
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path

import pytest
import torch

from tests.tracker_core.described import scaling_of
from tests.tracker_core.weights.weight_samples import assert_same_tensors, pymdnet_state, sample_weights
from tracker_core.backbone_weights import ResponseNormalization, WeightsError
from tracker_core.weights.files import read_weight_file


class Payload:
    """Would create a file if it were ever unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("is_zip", [True, False], ids=["zip", "before PyTorch 1.6"])
def test_pymdnet_file_when_read_gives_tensors_and_its_own_normalization(tmp_path: Path, is_zip: bool) -> None:
    path = tmp_path / "mdnet_vot-otb.pth"
    state = {"shared_layers": OrderedDict(pymdnet_state(sample_weights())["shared_layers"])}
    torch.save(state, path, _use_new_zipfile_serialization=is_zip)
    found = read_weight_file(path)
    assert_same_tensors(found, sample_weights())
    assert found.description.normalization == ResponseNormalization(size=2, alpha=1e-4, beta=0.75, k=1.0)
    assert scaling_of(found) == ("mdnet_vot-otb", 128.0, 1.0, 1.0)


@pytest.mark.parametrize("is_zip", [True, False], ids=["zip", "before PyTorch 1.6"])
def test_file_when_it_holds_code_is_refused_and_not_run(tmp_path: Path, is_zip: bool) -> None:
    path = tmp_path / "evil.pth"
    state = {**pymdnet_state(sample_weights()), "extra": Payload(tmp_path / "ran")}
    torch.save(state, path, _use_new_zipfile_serialization=is_zip)
    with pytest.raises(WeightsError, match=r"evil\.pth: expected tensors only; .*not loaded because that can run"):
        read_weight_file(path)
    assert not (tmp_path / "ran").exists()


def test_bare_pickle_when_named_pth_is_refused_and_not_run(tmp_path: Path) -> None:
    path = tmp_path / "evil.pth"
    path.write_bytes(pickle.dumps(Payload(tmp_path / "ran")))
    with pytest.raises(WeightsError, match="expected a PyTorch file by its suffix, got a bare Python pickle"):
        read_weight_file(path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("length", [100, 4000, 5_000_000], ids=["start", "middle", "late"])
@pytest.mark.parametrize("is_zip", [True, False], ids=["zip", "before PyTorch 1.6"])
def test_file_when_cut_off_raises(tmp_path: Path, length: int, is_zip: bool) -> None:
    path = tmp_path / "cut.pth"
    torch.save(pymdnet_state(sample_weights()), path, _use_new_zipfile_serialization=is_zip)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(WeightsError, match=r"cut\.pth: .*damaged"):
        read_weight_file(path)


def test_file_when_packed_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path, packed = tmp_path / "plain.pth", tmp_path / "packed.pth"
    torch.save(pymdnet_state(sample_weights()), path)
    with zipfile.ZipFile(path) as plain, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in plain.infolist():
            archive.writestr(member.filename, plain.read(member))
    with pytest.raises(WeightsError, match=r"packed\.pth: .*not compressed; it unpacks to \d+ bytes"):
        read_weight_file(packed)


def test_file_when_it_is_another_network_names_what_it_holds(tmp_path: Path) -> None:
    torch.save({"model": torch.zeros(3), "epoch": 4}, tmp_path / "other.pth")
    with pytest.raises(
        WeightsError,
        match=r'expected "shared_layers" with the tensors of py-MDNet, or EfficientNet-Lite0.*, got model, epoch',
    ):
        read_weight_file(tmp_path / "other.pth")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        (
            "conv2.0.weight",
            torch.zeros(256, 96, 3, 3),
            r"conv2\.0\.weight: expected shape \(256, 96, 5, 5\), got \(",
        ),
        (
            "conv2.0.bias",
            torch.zeros(256, dtype=torch.int64),
            r"conv2\.0\.bias: expected a tensor of floating point",
        ),
        ("conv2.0.bias", "text", r"conv2\.0\.bias: expected a tensor of floating point numbers, got str"),
        ("conv2.0.bias", None, r"conv2\.0\.bias: expected a tensor of floating point numbers, got NoneType"),
        ("conv1.0.bias", torch.full((96,), torch.inf), "conv1: weights contain NaN or infinity"),
    ],
    ids=["shape", "integers", "text", "absent", "infinity"],
)
def test_tensor_when_wrong_names_file_and_fault(tmp_path: Path, key: str, value: object, message: str) -> None:
    layers: dict[str, object] = {**pymdnet_state(sample_weights())["shared_layers"], key: value}
    if value is None:
        del layers[key]
    torch.save({"shared_layers": layers}, tmp_path / "bad.pth")
    with pytest.raises(WeightsError, match=rf"bad\.pth: {message}"):
        read_weight_file(tmp_path / "bad.pth")
