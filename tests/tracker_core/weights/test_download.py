from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tracker_core.weights.file_server import ServedFile, serve
from tests.tracker_core.weights.weight_samples import (
    assert_same_tensors,
    matconvnet_layers,
    sample_weights,
    write_mat,
)
from tracker_core.backbone_weights import WeightsError
from tracker_core.vgg_m import VGG_M_NORMALIZATION
from tracker_core.weights import import_weights, load_backbone
from tracker_core.weights.download import fetch_vgg_m


@pytest.fixture(scope="module")
def vgg_m(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mat(tmp_path_factory.mktemp("remote") / "imagenet-vgg-m.mat", matconvnet_layers(sample_weights()))


@pytest.fixture(scope="module")
def other_file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("other") / "imagenet-vgg-m.mat"
    return write_mat(path, matconvnet_layers(sample_weights(seed=1))).read_bytes()


@pytest.fixture
def served(vgg_m: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServedFile]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serve(vgg_m.read_bytes()) as served:
        yield served


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def test_fetch_when_first_stores_vgg_m_and_records_its_sha256(served: ServedFile, store: Path) -> None:
    entry = fetch_vgg_m(store, served.url)
    assert (entry.name, entry.description.normalization) == ("vgg-m", VGG_M_NORMALIZATION)
    assert "non-commercial" in entry.licence
    weights = load_backbone("vgg-m", store)
    assert_same_tensors(weights, sample_weights())
    sha256 = hashlib.sha256(served.data).hexdigest()
    assert json.loads((store / "imagenet-vgg-m.json").read_text())["sha256"] == sha256
    assert weights.metadata["source_sha256"] == sha256
    assert weights.metadata["provenance"] == f"fetched from {served.url}"
    assert sorted(path.name for path in store.iterdir()) == ["imagenet-vgg-m.json", "vgg-m.safetensors"]


def test_fetch_when_stored_and_unchanged_asks_but_does_not_transfer(served: ServedFile, store: Path) -> None:
    first = fetch_vgg_m(store, served.url)
    assert fetch_vgg_m(store, served.url) == first
    assert [method for method, _ in served.requests] == ["GET", "HEAD"]


def test_fetch_when_broken_off_goes_on_and_stores(served: ServedFile, store: Path) -> None:
    served.cut_after = 2_000_000
    with pytest.raises(WeightsError, match="broke off after 2000000 of"):
        fetch_vgg_m(store, served.url)
    served.cut_after = None
    fetch_vgg_m(store, served.url)
    assert served.ranges_asked == ["", "bytes=2000000-"]
    assert_same_tensors(load_backbone("vgg-m", store), sample_weights())


def test_fetch_when_the_same_file_comes_anew_keeps_the_backbone(served: ServedFile, store: Path) -> None:
    first = fetch_vgg_m(store, served.url)
    served.etag = '"touched"'
    assert fetch_vgg_m(store, served.url) == first
    assert served.ranges_asked == ["", ""]


@pytest.mark.parametrize("is_stored", [True, False], ids=["backbone kept", "backbone deleted"])
def test_fetch_when_the_file_has_changed_raises_and_says_what_to_do(
    served: ServedFile, store: Path, other_file: bytes, is_stored: bool
) -> None:
    fetch_vgg_m(store, served.url)
    if not is_stored:
        (store / "vgg-m.safetensors").unlink()
    served.data, served.etag = other_file, '"v2"'
    with pytest.raises(WeightsError, match=r"not the one fetched before .*if you trust it, delete .*vgg-m\.json"):
        fetch_vgg_m(store, served.url)
    assert not (store / "imagenet-vgg-m.mat").exists()
    assert (store / "vgg-m.safetensors").exists() == is_stored


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            b"<html><body>Log in to the network</body></html>",
            "expected a MATLAB 5 file by its suffix, got a web page",
        ),
        (b"", "got an empty file"),
    ],
    ids=["web page", "nothing"],
)
def test_fetch_when_something_else_comes_raises_and_keeps_nothing(
    served: ServedFile, store: Path, data: bytes, message: str
) -> None:
    served.data = data
    with pytest.raises(WeightsError, match=message):
        fetch_vgg_m(store, served.url)
    assert list(store.iterdir()) == []


def test_fetch_when_the_file_is_shorter_than_its_contents_raises(served: ServedFile, store: Path) -> None:
    served.data = served.data[:-1000]
    with pytest.raises(WeightsError, match=r"imagenet-vgg-m\.mat: damaged or cut off MATLAB file"):
        fetch_vgg_m(store, served.url)
    assert list(store.iterdir()) == []


def test_fetch_when_the_name_was_imported_by_hand_raises_before_the_transfer(
    served: ServedFile, store: Path, vgg_m: Path
) -> None:
    import_weights(vgg_m, name="vgg-m", folder=store)
    with pytest.raises(WeightsError, match=r"vgg-m\.safetensors: was not fetched; rename or delete it first"):
        fetch_vgg_m(store, served.url)
    assert served.requests == []


def test_fetch_when_no_address_is_given_uses_matconvnets() -> None:
    default = inspect.signature(fetch_vgg_m).parameters["url"].default
    assert default == "https://www.vlfeat.org/matconvnet/models/imagenet-vgg-m.mat"
