from __future__ import annotations

import hashlib
import logging
import sys
from pathlib import Path

import numpy as np
import platformdirs
import pytest

from tests.tracker_core.described import described, numbers_of
from tests.tracker_core.weights.weight_samples import (
    assert_same_tensors,
    matconvnet_layers,
    sample_weights,
    write_mat,
)
from tracker_core.backbone_weights import WeightsError
from tracker_core.vgg_m import VGG_M_NORMALIZATION
from tracker_core.weights import (
    BackboneOrigin,
    default_folder,
    import_weights,
    list_backbones,
    load_backbone,
    random_backbone,
    shipped_entries,
    stored_entry,
)
from tracker_core.weights.files import read_weight_file
from tracker_core.weights.safetensors_file import save_backbone, tensor_sha256

RESOURCES = Path(__file__).resolve().parents[3] / "resources"


@pytest.fixture(scope="module")
def vgg_m(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mat(
        tmp_path_factory.mktemp("foreign") / "Image Net VGG-M.mat", matconvnet_layers(sample_weights())
    )


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def test_default_backbone_when_loaded_needs_no_user_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "platformdirs", None)
    weights = load_backbone("default")
    assert weights.name == "default"
    assert weights.description.normalization is None
    assert all(np.abs(kernel).max() > 0 for kernel in weights.kernels.values())


def test_default_backbone_when_shipped_is_small_and_says_what_it_is() -> None:
    metadata = load_backbone("default").metadata
    assert (RESOURCES / "backbone.safetensors").stat().st_size <= 4e6
    assert {"source", "licence", "training", "data", "attribution", "provenance"} <= metadata.keys()
    assert metadata["provenance"] == "started from random weights"
    assert not any(clip in metadata["data"] for clip in ("dog", "libby", "scooter-black"))  # judged on
    notice = (RESOURCES / "NOTICE").read_text(encoding="utf-8")
    assert "backbone.safetensors" in notice
    for name in ("Caltech-101", "DAVIS 2016", "CC BY 4.0"):
        assert name in metadata["attribution"] + metadata["licence"]
        assert name in notice


@pytest.mark.data
def test_read_when_the_file_is_an_earlier_backbone_then_it_is_described_alike(data_root: Path) -> None:
    seed, shipped = read_weight_file(data_root / "backbone-seed.safetensors"), load_backbone("default")
    for numbers in (numbers_of(seed), numbers_of(shipped)):
        assert (numbers["input_mean"], numbers["normalization"]) == (128.0, None)
        assert min(numbers["relu1_gain"], numbers["relu3_gain"]) > 1


def test_random_backbone_when_loaded_by_name_is_that_of_seed_0(store: Path) -> None:
    assert_same_tensors(load_backbone("random", store), random_backbone(0))


def test_import_when_foreign_converts_and_remembers_its_source(vgg_m: Path, store: Path) -> None:
    entry = import_weights(vgg_m, name="vgg-m", folder=store)
    assert (entry.name, entry.origin, entry.description.normalization) == (
        "vgg-m",
        BackboneOrigin.IMPORTED,
        VGG_M_NORMALIZATION,
    )
    assert Path(entry.location) == store / "vgg-m.safetensors"
    assert entry.sha256 == tensor_sha256(sample_weights())
    loaded = load_backbone("vgg-m", store)
    assert_same_tensors(loaded, sample_weights())
    assert loaded.name == "vgg-m"
    assert loaded.metadata["source_file"] == "Image Net VGG-M.mat"
    assert loaded.metadata["source_sha256"] == hashlib.sha256(vgg_m.read_bytes()).hexdigest()
    assert "Chatfield" in loaded.metadata["source"]


def test_import_when_no_name_is_given_makes_one_of_the_files(vgg_m: Path, store: Path) -> None:
    assert import_weights(vgg_m, folder=store).name == "image-net-vgg-m"


def test_import_when_repeated_changes_nothing(vgg_m: Path, store: Path) -> None:
    first = import_weights(vgg_m, name="vgg-m", folder=store)
    written = (store / "vgg-m.safetensors").stat().st_mtime_ns
    assert import_weights(vgg_m, name="vgg-m", folder=store) == first
    assert (store / "vgg-m.safetensors").stat().st_mtime_ns == written


@pytest.mark.parametrize("change", ["tensors", "gain"])
def test_import_when_the_name_is_taken_by_other_weights_raises_and_keeps_them(
    vgg_m: Path, store: Path, tmp_path: Path, change: str
) -> None:
    import_weights(vgg_m, name="mine", folder=store)
    mine = load_backbone("mine", store)
    other = sample_weights(seed=1) if change == "tensors" else described(mine, relu1_gain=2.0)
    save_backbone(other, tmp_path / "other.safetensors")
    with pytest.raises(
        WeightsError, match=r"mine\.safetensors: this name is taken .*from Image Net VGG-M\.mat;.*import"
    ):
        import_weights(tmp_path / "other.safetensors", name="mine", folder=store)
    assert_same_tensors(load_backbone("mine", store), sample_weights())


@pytest.mark.parametrize(
    "name", ["default", "studio", "random", "../up", "Upper", "with space", "a.mat", ".hidden", "a" * 65]
)
def test_import_when_the_name_cannot_be_used_raises(vgg_m: Path, store: Path, name: str) -> None:
    with pytest.raises(WeightsError, match="cannot be a backbone's name: use up to 64 of a-z"):
        import_weights(vgg_m, name=name, folder=store)
    assert not store.exists()


def test_import_when_the_folder_cannot_be_made_raises(vgg_m: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WeightsError, match="file/store: cannot be created"):
        import_weights(vgg_m, name="vgg-m", folder=tmp_path / "file" / "store")


def test_load_when_the_name_is_unknown_lists_the_known_ones(vgg_m: Path, store: Path) -> None:
    import_weights(vgg_m, name="vgg-m", folder=store)
    with pytest.raises(
        WeightsError, match='no backbone is named "vggm"; known are default, studio, random, vgg-m, or give'
    ):
        load_backbone("vggm", store)


def test_load_when_the_stored_file_was_renamed_goes_by_its_new_name(vgg_m: Path, store: Path) -> None:
    import_weights(vgg_m, name="vgg-m", folder=store)
    (store / "vgg-m.safetensors").rename(store / "oxford.safetensors")
    assert load_backbone("oxford", store).name == "oxford"


def test_load_when_given_a_path_reads_that_file(vgg_m: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_same_tensors(load_backbone(vgg_m, store), sample_weights())
    assert_same_tensors(load_backbone(str(vgg_m), store), sample_weights())
    monkeypatch.chdir(vgg_m.parent)
    assert_same_tensors(load_backbone(vgg_m.name, store), sample_weights())


def test_list_when_nothing_is_imported_shows_the_shipped_ones(store: Path) -> None:
    entries = list_backbones(store)
    assert entries == shipped_entries()
    assert [(entry.name, entry.has_matching_head) for entry in entries] == [("default", False), ("studio", True)]
    for entry in entries:
        assert entry.origin is BackboneOrigin.SHIPPED
        assert entry.sha256 == tensor_sha256(load_backbone(entry.name))
        assert entry.size_bytes == Path(entry.location).stat().st_size
        assert stored_entry(entry.name, store) == entry
    assert not store.exists()


def test_studio_backbone_when_shipped_is_small_and_its_licences_are_there() -> None:
    weights = load_backbone("studio")
    assert weights.name == "studio"
    assert weights.metadata["licence"].startswith("Apache-2.0; matching head MIT")
    assert (RESOURCES / "studio.safetensors").stat().st_size <= 4e6
    notice = (RESOURCES / "NOTICE").read_text(encoding="utf-8").partition("studio.safetensors")[2]
    for words in ("EfficientNet-Lite0", "Apache License", "Caltech-101", "DAVIS 2016", "CC BY 4.0"):
        assert words in notice
    licence = (RESOURCES / "LICENSE-Apache-2.0.txt").read_text(encoding="utf-8")
    assert "Version 2.0, January 2004" in licence


@pytest.mark.logs_warnings
def test_list_when_a_stored_file_is_damaged_leaves_it_out_and_says_so(
    vgg_m: Path, store: Path, caplog: pytest.LogCaptureFixture
) -> None:
    import_weights(vgg_m, name="vgg-m", folder=store)
    (store / "broken.safetensors").write_bytes(b"\x10\0\0\0\0\0\0\0{")
    with caplog.at_level(logging.WARNING):
        assert [entry.name for entry in list_backbones(store)] == ["default", "studio", "vgg-m"]
    assert "broken.safetensors: cut off" in caplog.text
    with pytest.raises(WeightsError, match=r"broken\.safetensors: cut off"):
        load_backbone("broken", store)


def test_default_folder_when_asked_for_lies_in_the_users_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platformdirs, "user_data_path", lambda name, appauthor: Path("/data") / name)
    assert default_folder() == Path("/data/dlst-studio/weights")
