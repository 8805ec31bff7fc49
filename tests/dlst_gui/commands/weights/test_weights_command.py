from __future__ import annotations

import argparse
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.weights.command import COMMAND
from tests.dlst_gui.commands.command_fakes import FakeFactory
from tests.tracker_core.guides.made_guide import correlation, made_description
from tests.tracker_core.weights.weight_samples import sample_weights
from tracker_core import WeightsError
from tracker_core.guides.description import GuideDescription, GuideNetworkFile
from tracker_core.vgg_m import VGG_M_NORMALIZATION
from tracker_core.weights import BackboneEntry, guide_download, guide_store, import_weights, list_backbones
from tracker_core.weights.resumable_download import OnBytes
from tracker_core.weights.safetensors_file import save_backbone


@pytest.fixture
def weight_file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.safetensors"
    save_backbone(sample_weights(normalization=VGG_M_NORMALIZATION), path)
    return path


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def run(*arguments: str | Path) -> int:
    parser = argparse.ArgumentParser()
    COMMAND.add_arguments(parser)
    return COMMAND.run(parser.parse_args([*map(str, arguments)]), FakeFactory())


def test_import_when_run_stores_and_prints_where(
    weight_file: Path, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("import", weight_file, "--name", "copy", "--folder", store) == 0
    assert capsys.readouterr().out.splitlines() == [
        f'Stored as "copy": {store / "copy.safetensors"}',
        "Source: a test",
        "Licence: free",
    ]


def test_list_when_run_prints_a_row_for_each_backbone(
    weight_file: Path, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import_weights(weight_file, folder=store)
    assert run("list", "--folder", store) == 0
    backbones, _, guides = capsys.readouterr().out.partition("\n\n")
    header, shipped, studio, imported, own, random = backbones.splitlines()
    assert header.split() == [
        *("name", "origin", "size", "taps", "head", "normalisation", "gains", "sha256", "licence")
    ]
    assert shipped.split()[:4] == ["default", "shipped", "3.6", "MB"]
    assert "  conv1 / conv3            none  " in shipped
    assert studio.split()[:2] == ["studio", "shipped"]
    assert "  stem / block4 / block10  matching  " in studio
    assert "  Apache-2.0; matching head MIT" in studio
    assert own.startswith('With "default" a preset takes its own')
    assert "mine" in imported
    assert "5, 0.0005, 0.75, 2" in imported
    assert "3.25 / 0.1" in imported
    assert imported.endswith("  free")
    assert header.index("sha256") == shipped.index(list_backbones(store)[0].sha256[:12])  # columns are aligned
    assert random.startswith('"random"')
    title, header, *rows = guides.splitlines()
    assert title == "Guides, which propose boxes:"
    assert header.split() == ["name", "here", "size", "sha256", "licence", "files"]
    assert [row.split()[:4] for row in rows][2] == ["vittrack", "no", "0.7", "MB"]
    assert "  Apache-2.0  vittrack_2023sep.onnx" in rows[2]


def test_fetch_when_run_shows_progress_and_prints_the_licence(
    weight_file: Path, store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(folder: Path, *, on_progress: OnBytes) -> BackboneEntry:
        on_progress(2_000_000, 4_000_000)
        on_progress(4_000_000, 4_000_000)
        return import_weights(weight_file, name="vgg-m", folder=folder)

    monkeypatch.setattr("dlst_gui.commands.weights.run.fetch_vgg_m", fetch)
    assert run("fetch", "vgg-m", "--folder", store) == 0
    printed = capsys.readouterr()
    assert "Licence: free" in printed.out
    assert "4.00M/4.00M" in printed.err


@pytest.fixture
def guide(monkeypatch: pytest.MonkeyPatch) -> GuideDescription:
    """One that is small."""
    content = correlation()
    network = GuideNetworkFile(
        "whole.onnx", len(content), hashlib.sha256(content).hexdigest(), "https://a.example"
    )
    guide = replace(made_description(), networks={"whole": network}, family="vittrack")
    for module in (guide_store, guide_download):
        monkeypatch.setattr(module, "guide_description", lambda name: guide)
        monkeypatch.setattr(module, "GUIDE_NAMES", ("made",))
    return guide


@pytest.mark.usefixtures("guide")
def test_import_when_given_a_folder_or_network_then_stores_guides(
    tmp_path: Path, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "files").mkdir()
    file = tmp_path / "files" / "renamed.onnx"
    file.write_bytes(correlation())
    ready = 'Ready as "made". Source: https://example.org. Licence: none\n'
    for given in (file, file.parent):
        assert run("import", given, "--folder", store) == 0
        assert capsys.readouterr().out == ready
    with pytest.raises(CommandError, match="--name is for backbones"):
        run("import", file, "--name", "mine", "--folder", store)


@pytest.mark.usefixtures("guide")
def test_fetch_when_of_guides_then_the_licence_comes_before_the_transfer(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    printed_before: list[str] = []

    def download(url: str, path: Path, on_progress: OnBytes) -> None:
        printed_before.append(capsys.readouterr().out)
        path.write_bytes(correlation())

    monkeypatch.setattr(guide_download, "download", download)
    assert run("fetch", "vittrack", "--folder", store) == 0
    assert printed_before == ["Made: licence none, from https://example.org\n"]
    assert capsys.readouterr().out.startswith('Ready as "made"')


def test_import_when_the_file_is_unusable_leaves_the_error_to_the_caller(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"no\.mat: there is no such file"):
        run("import", tmp_path / "no.mat", "--folder", tmp_path)


@pytest.mark.parametrize("arguments", [[], ["fetch", "alexnet"], ["import"]], ids=["none", "unknown", "no file"])
def test_command_when_incomplete_exits_with_status_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_info:
        run(*arguments)
    assert exit_info.value.code == 2
    assert "usage" in capsys.readouterr().err
