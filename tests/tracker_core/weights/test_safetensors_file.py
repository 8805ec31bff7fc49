from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from tests.tracker_core.described import described, scaling_of
from tests.tracker_core.weights.weight_samples import assert_same_tensors, sample_weights, save_format_1
from tracker_core.backbone_weights import WeightsError
from tracker_core.vgg_m import VGG_M_NORMALIZATION
from tracker_core.weights.files import read_weight_file
from tracker_core.weights.header import read_header
from tracker_core.weights.safetensors_file import save_backbone, tensor_sha256

Tensors = dict[str, np.ndarray]
Metadata = dict[str, str]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "sample.safetensors"
    save_format_1(sample_weights(), path)
    return path


def contents(path: Path) -> tuple[Tensors, Metadata]:
    data = path.read_bytes()
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    return safetensors.numpy.load(data), header["__metadata__"]


@pytest.mark.parametrize("normalization", [None, VGG_M_NORMALIZATION], ids=["none", "vgg-m"])
def test_reading_when_written_by_save_gives_the_same_backbone(tmp_path: Path, normalization: object) -> None:
    weights = described(sample_weights(), normalization=normalization)
    save_backbone(weights, tmp_path / "a.safetensors")
    found = read_weight_file(tmp_path / "a.safetensors")
    assert_same_tensors(found, weights)
    assert found.description == weights.description
    assert scaling_of(found) == ("sample", 127.5, 3.25, 0.1)
    assert found.metadata == {**weights.metadata, "sha256": tensor_sha256(weights)}


def test_reading_when_stored_as_float16_gives_the_rounded_tensors(tmp_path: Path) -> None:
    save_backbone(sample_weights(), tmp_path / "a.safetensors", "float16")
    found = read_weight_file(tmp_path / "a.safetensors")
    expected = sample_weights().kernels["conv2"].astype(np.float16).astype(np.float32)
    np.testing.assert_array_equal(found.kernels["conv2"], expected)
    assert (tmp_path / "a.safetensors").stat().st_size < 4e6


def test_saving_when_kernels_are_transposed_views_keeps_their_order(tmp_path: Path) -> None:
    weights = sample_weights()
    columns_first = {n: np.asfortranarray(kernel) for n, kernel in weights.kernels.items()}
    save_backbone(replace(weights, kernels=columns_first), tmp_path / "a.safetensors")
    assert_same_tensors(read_weight_file(tmp_path / "a.safetensors"), weights)


def test_saving_when_a_value_exceeds_float16_raises_and_writes_nothing(tmp_path: Path) -> None:
    weights = sample_weights()
    biases = {**weights.biases, "conv3": np.full(512, 1e6, np.float32)}
    with pytest.raises(WeightsError, match=r"a\.safetensors: conv3\.bias holds 1e\+06, too large for float16"):
        save_backbone(replace(weights, biases=biases), tmp_path / "a.safetensors", "float16")
    assert list(tmp_path.iterdir()) == []


def test_saving_when_the_disk_is_full_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.safetensors"
    save_backbone(sample_weights(), path)

    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(WeightsError, match="cannot be written: No space left"):
        save_backbone(sample_weights(seed=1), path)
    assert_same_tensors(read_weight_file(path), sample_weights())
    assert list(tmp_path.iterdir()) == [path]


def without(*keys: str) -> Callable[[Tensors, Metadata], None]:
    def change(_: Tensors, metadata: Metadata) -> None:
        for key in keys:
            del metadata[key]

    return change


def with_key(key: str, value: str) -> Callable[[Tensors, Metadata], None]:
    return lambda _, metadata: metadata.update({key: value})


def with_tensor(name: str, tensor: np.ndarray) -> Callable[[Tensors, Metadata], None]:
    return lambda tensors, _: tensors.update({name: tensor})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without("sha256", "licence"), "metadata lacks licence, sha256"),
        (with_key("format_version", "3"), "expected format_version 1 or 2, got 3"),
        (with_key("relu1_gain", "0"), "relu1_gain: expected a number above 0, got 0"),
        (with_key("relu3_gain", "nan"), "relu3_gain: expected a number, got 'nan'"),
        (with_key("input_mean", "grey"), "input_mean: expected a number, got 'grey'"),
        (with_key("normalization", "LRN"), 'normalization: expected "none" or size, alpha, beta and k'),
        (with_key("normalization", '{"size": 5}'), 'normalization: expected "none" or size, alpha, beta and k'),
        (
            with_key("normalization", '{"size": 5, "alpha": 1, "beta": 1, "k": 0}'),
            "size 1 or more and k above 0",
        ),
        (with_key("sha256", "0" * 64), "damaged: its tensors should have sha256 0000"),
        (with_tensor("conv1.weight", np.zeros((96, 3, 5, 5), np.float32)), r"conv1\.weight: expected shape \[96"),
        (with_tensor("conv1.bias", np.zeros(96)), r"conv1\.bias: expected float16 or float32, got 'F64'"),
        (with_tensor("conv1.bias", np.full(96, np.nan, np.float32)), "conv1: weights contain NaN"),
        (with_tensor("conv4.bias", np.zeros(4, np.float32)), "expected the tensors conv1.*got .*conv4"),
        (lambda tensors, _: tensors.pop("conv2.bias"), "expected the tensors conv1"),
    ],
)
def test_reading_when_content_is_wrong_names_file_and_fault(
    saved: Path, tmp_path: Path, change: Callable[[Tensors, Metadata], None], message: str
) -> None:
    tensors, metadata = contents(saved)
    change(tensors, metadata)
    path = tmp_path / "wrong.safetensors"
    path.write_bytes(safetensors.numpy.save(tensors, metadata))
    with pytest.raises(WeightsError, match=rf"wrong\.safetensors: .*{message}"):
        read_weight_file(path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            (1 << 40).to_bytes(8, "little") + b'{"a": 1}',
            "expected a header of 2 to 1048576 bytes, got a length of 10995",
        ),
        ((500).to_bytes(8, "little") + b'{"a": 1}', "cut off: expected a header of 500 bytes, got 8"),
        ((8).to_bytes(8, "little") + b'{"a": 1]', "expected a JSON header"),
        ((9).to_bytes(8, "little") + b'{"a":"b"}', "expected the tensors conv1.* got a"),
        ((100002).to_bytes(8, "little") + b'{"a":' + b"[" * 99997, "expected a JSON header"),
    ],
    ids=["huge header", "cut header", "broken JSON", "other tensors", "deep JSON"],
)
def test_reading_when_header_is_malformed_names_file_and_fault(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "wrong.safetensors"
    path.write_bytes(data)
    with pytest.raises(WeightsError, match=rf"wrong\.safetensors: {message}"):
        read_weight_file(path)


@pytest.mark.parametrize("lost", [1, 1000, 7_000_000])
def test_reading_when_file_is_cut_off_raises(saved: Path, tmp_path: Path, lost: int) -> None:
    path = tmp_path / "cut.safetensors"
    path.write_bytes(saved.read_bytes()[:-lost])
    with pytest.raises(WeightsError, match="damaged or incomplete"):
        read_weight_file(path)


def test_reading_when_one_bit_has_flipped_raises(saved: Path, tmp_path: Path) -> None:
    data = bytearray(saved.read_bytes())
    data[-2] ^= 1
    path = tmp_path / "flipped.safetensors"
    path.write_bytes(data)
    with pytest.raises(WeightsError, match="damaged: its tensors should have sha256"):
        read_weight_file(path)


def test_reading_when_file_is_older_than_the_format_assumes_defaults(saved: Path, tmp_path: Path) -> None:
    tensors, _ = contents(saved)
    path = tmp_path / "old.safetensors"
    path.write_bytes(safetensors.numpy.save(tensors, {"architecture": "VGG-M, no LRN", "relu3_gain": "1.5"}))
    found = read_weight_file(path)
    assert found.description.normalization is None
    assert scaling_of(found) == ("old", 128.0, 1.0, 1.5)


def test_reading_when_old_file_does_not_say_its_normalization_raises(saved: Path, tmp_path: Path) -> None:
    tensors, _ = contents(saved)
    path = tmp_path / "old.safetensors"
    path.write_bytes(safetensors.numpy.save(tensors, {"architecture": "VGG-M"}))
    with pytest.raises(WeightsError, match='metadata lacks "normalization"'):
        read_weight_file(path)


def test_header_when_read_alone_agrees_with_the_whole_file(saved: Path) -> None:
    header = read_header(saved)
    assert (header.name, header.sha256) == ("sample", tensor_sha256(sample_weights()))
    assert header.description == sample_weights().description
