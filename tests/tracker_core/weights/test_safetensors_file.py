from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import safetensors.numpy

from tests.tracker_core.described import described, scaling_of
from tests.tracker_core.tiny_backbone import tiny_weights
from tests.tracker_core.weights.weight_samples import assert_same_tensors, sample_weights, save_format_1
from tracker_core.backbone_weights import WeightsError
from tracker_core.vgg_m import VGG_M_NORMALIZATION
from tracker_core.weights.files import read_weight_file
from tracker_core.weights.header import read_header
from tracker_core.weights.safetensors_file import save_backbone, tensor_sha256

Tensors = dict[str, np.ndarray]
Metadata = dict[str, str]
Record = dict[str, Any]


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


def test_reading_when_the_file_has_format_1_gives_vgg_ms_description(saved: Path) -> None:
    found = read_weight_file(saved)
    assert_same_tensors(found, sample_weights())
    assert found.description == sample_weights().description
    assert scaling_of(found) == ("sample", 127.5, 3.25, 0.1)
    assert tensor_sha256(found) == found.metadata["sha256"]


@pytest.mark.parametrize("storage", ["float32", "float16"])
def test_reading_when_a_described_backbone_was_saved_gives_it_back(
    tmp_path: Path, storage: Literal["float16", "float32"]
) -> None:
    weights = tiny_weights()
    save_backbone(weights, tmp_path / "a.safetensors", storage)
    found = read_weight_file(tmp_path / "a.safetensors")
    assert found.description == weights.description
    assert found.metadata == {**weights.metadata, "sha256": tensor_sha256(found)}
    assert found.extra_tensors == {}
    for layer, kernel in weights.kernels.items():
        expected = kernel.astype(storage).astype(np.float32)
        np.testing.assert_array_equal(found.kernels[layer], expected)
        np.testing.assert_array_equal(
            found.biases[layer], weights.biases[layer].astype(storage).astype(np.float32)
        )


def test_reading_when_tensors_of_another_network_are_kept_with_it_gives_them_back(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    extras = {
        f"matcher.{name}": rng.random(shape, dtype=np.float32) for name, shape in (("w", (4, 3)), ("b", (4,)))
    }
    weights = replace(tiny_weights(), extra_tensors=extras)
    save_backbone(weights, tmp_path / "a.safetensors")
    found = read_weight_file(tmp_path / "a.safetensors")
    assert found.extra_tensors.keys() == extras.keys()
    for name, tensor in extras.items():
        np.testing.assert_array_equal(found.extra_tensors[name], tensor)
    assert read_header(tmp_path / "a.safetensors").extras == ("matcher.b", "matcher.w")
    others = [{}, {**extras, "matcher.b": extras["matcher.b"] + 1}, {"matcher.v": extras["matcher.w"]}]
    fingerprints = {tensor_sha256(replace(weights, extra_tensors=other)) for other in (extras, *others)}
    assert len(fingerprints) == 4


def test_weights_when_an_extra_tensor_has_another_name_or_no_numbers_raises() -> None:
    with pytest.raises(WeightsError, match=r'head\.w: expected a name that begins with "matcher\."'):
        replace(tiny_weights(), extra_tensors={"head.w": np.zeros(3, np.float32)})
    with pytest.raises(WeightsError, match=r"matcher\.w: contains NaN or infinity"):
        replace(tiny_weights(), extra_tensors={"matcher.w": np.full(3, np.nan, np.float32)})


@pytest.fixture(scope="module")
def described_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("described") / "tiny.safetensors"
    save_backbone(tiny_weights(), path)
    return path


def in_description(change: Callable[[Record], object]) -> Callable[[Tensors, Metadata], None]:
    def changed(_: Tensors, metadata: Metadata) -> None:
        record = json.loads(metadata["description"])
        change(record)
        metadata["description"] = json.dumps(record)

    return changed


def in_layer(number: int, **values: object) -> Callable[[Tensors, Metadata], None]:
    return in_description(lambda record: record["layers"][number].update(values))


BAD_DESCRIPTIONS = {
    "absent": (without("description"), "metadata lacks description"),
    "no JSON": (with_key("description", "{"), "description: expected JSON"),
    "a list": (with_key("description", "[]"), r"description: expected a JSON object, got \[\]"),
    "deep": (with_key("description", "[" * 90_000), "description: expected JSON"),
    "key missing": (in_description(lambda r: r.pop("margin")), "description: expected layers, .*; got "),
    "key unknown": (in_description(lambda r: r.update(extra=1)), "description: expected layers, .*; got .*extra"),
    "layers of text": (in_description(lambda r: r.update(layers="ab")), "expected a list of layers, got 'ab'"),
    "no layers": (in_description(lambda r: r.update(layers=[])), "expected 1 to 400 layers, got 0"),
    "kind": (in_layer(0, kind="lambda"), "layer 'stem': expected a kind of convolution, .*; got 'lambda'"),
    "true for a number": (in_layer(0, kernel=True), "layer 'stem': expected kernel of int, got True"),
    "a fraction": (in_layer(0, stride=1.5), "layer 'stem': expected stride of int, got 1.5"),
    "text for a number": (in_layer(0, channels="6"), "layer 'stem': expected channels of int, got '6'"),
    "absurd channels": (in_layer(0, channels=10**12), "stem: expected 1 to 4096 channels"),
    "cycle": (
        in_layer(1, input="coarse"),
        'down1: expected to read earlier layers, got "coarse" that comes later',
    ),
    "missing input": (in_layer(1, input="z"), 'down1: .* got "z" that does not exist'),
    "inputs of numbers": (in_layer(7, inputs=[1, 2]), "layer 'fine': expected inputs of names"),
    "other shape": (in_layer(9, channels=8), r"coarse: expected 8 means|coarse\.weight: expected shape"),
    "tap": (
        in_description(lambda r: r["classifier"][0].update(layer="z")),
        'expected a layer, got "z"; there are stem',
    ),
    "gain": (in_description(lambda r: r["localizer"].update(gain=-1)), "stem gain: expected a number above 0"),
    "mean of text": (
        in_description(lambda r: r["classifier"][0].update(mean=["a"])),
        "tap fine mean: expected a number, got 'a'",
    ),
    "long number": (
        in_description(lambda r: r.update(input_scale=10**400)),
        "input_scale: expected a number, got a whole one of 401 digits",
    ),
    "NaN": (in_description(lambda r: r.update(input_mean=float("nan"))), "input_mean: expected a number, got nan"),
    "margin": (in_description(lambda r: r.update(margin=10**6)), "margin: expected 0 to 256 pixels, got 1000000"),
    "tensor": (with_tensor("stem.bias", np.zeros(5, np.float32)), r"stem\.bias: expected shape \[6\], got \[5\]"),
    "tensor unknown": (with_tensor("head.w", np.zeros(5, np.float32)), "expected the tensors stem.*got .*head"),
    "integers": (
        with_tensor("matcher.w", np.zeros(5, np.int64)),
        r"matcher\.w: expected float16 or float32, got 'I64'",
    ),
    "fingerprint": (with_tensor("matcher.w", np.zeros(5, np.float32)), "damaged: its tensors should have sha256"),
}


@pytest.mark.parametrize(("change", "message"), BAD_DESCRIPTIONS.values(), ids=BAD_DESCRIPTIONS)
def test_reading_when_the_description_is_wrong_names_file_and_fault(
    described_file: Path, tmp_path: Path, change: Callable[[Tensors, Metadata], None], message: str
) -> None:
    tensors, metadata = contents(described_file)
    change(tensors, metadata)
    path = tmp_path / "wrong.safetensors"
    path.write_bytes(safetensors.numpy.save(tensors, metadata))
    with pytest.raises(WeightsError, match=rf"wrong\.safetensors: .*({message})"):
        read_weight_file(path)
