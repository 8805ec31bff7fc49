from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from tests.tracker_core.described import described
from tests.tracker_core.tiny_backbone import tiny_weights
from tests.tracker_core.weights.weight_samples import assert_same_tensors
from tracker_core.networks import Backbone
from tracker_core.pretraining.__main__ import main
from tracker_core.pretraining.batches import make_batch
from tracker_core.pretraining.checkpoint import Checkpoint
from tracker_core.pretraining.config import PretrainingConfig
from tracker_core.pretraining.errors import PretrainingError
from tracker_core.pretraining.network import TrainableBackbone, exported
from tracker_core.pretraining.pictures import Pictures
from tracker_core.pretraining.run import TrainingRequest, TrainingRun, export
from tracker_core.pretraining.scenes import SceneMaker
from tracker_core.pretraining.state_file import CHECKPOINT_NAME, TrainingLength
from tracker_core.pretraining.trainer import PretrainingStep
from tracker_core.vgg_m import CONVOLUTION_SHAPES, VGG_M_NORMALIZATION
from tracker_core.weights import load_backbone, random_backbone, save_backbone

CPU = torch.device("cpu")


def train(request: TrainingRequest, config: PretrainingConfig, *, stop_after: int = 1000) -> list[str]:
    told: list[str] = []
    run = TrainingRun(request, config, CPU, told.append)
    looks = iter(range(1000))
    run.train(lambda: next(looks) >= stop_after)
    return told


@pytest.fixture(scope="module")
def request_of(picture_folder: Path):
    def make(folder: Path, **changes: object) -> TrainingRequest:
        request = TrainingRequest(
            (picture_folder,), folder / "made.safetensors", folder / "run", TrainingLength(steps=4)
        )
        return replace(request, **changes)

    return make


@pytest.fixture(scope="module")
def trained(request_of, tiny: PretrainingConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where four steps in one go have left their files."""
    folder = tmp_path_factory.mktemp("trained")
    train(request_of(folder), tiny)
    return folder


def test_train_when_a_batch_comes_again_and_again_then_its_loss_falls(
    pictures: Pictures, tiny: PretrainingConfig
) -> None:
    batch = make_batch(SceneMaker(pictures, tiny), tiny, 0)
    step = PretrainingStep(tiny, CPU)
    losses = [step.train(batch, 0.0).losses for _ in range(25)]
    for name in ("total", "ridge", "rank", "nce", "box"):
        assert losses[-1][name] < 0.9 * losses[0][name], name


def test_train_when_one_loss_is_chosen_then_only_it_moves_the_weights(
    pictures: Pictures, tiny: PretrainingConfig
) -> None:
    config = replace(tiny, losses=("box",))
    report = PretrainingStep(config, CPU).train(make_batch(SceneMaker(pictures, tiny), tiny, 0), 0.0)
    assert report.losses["total"] == pytest.approx(config.box_weight * report.losses["box"])


def test_run_when_stopped_and_resumed_then_all_tensors_are_those_of_one_go(
    request_of, tiny: PretrainingConfig, trained: Path, tmp_path: Path
) -> None:
    train(request_of(tmp_path), tiny, stop_after=2)
    assert Checkpoint.load(tmp_path / "run").state.step == 2
    train(request_of(tmp_path, is_resumed=True), tiny)
    once, twice = (load_file(folder / "run" / CHECKPOINT_NAME) for folder in (trained, tmp_path))
    assert once.keys() == twice.keys()
    assert [name for name in once if not torch.equal(once[name], twice[name])] == []


def test_run_when_resumed_without_a_length_then_ends_where_it_was_meant_to(
    request_of, tiny: PretrainingConfig, tmp_path: Path
) -> None:
    train(request_of(tmp_path, length=TrainingLength(steps=3)), tiny, stop_after=1)
    train(request_of(tmp_path, length=None, is_resumed=True), tiny)
    assert Checkpoint.load(tmp_path / "run").state.step == 3


def test_run_when_another_seed_then_other_weights(
    request_of, tiny: PretrainingConfig, trained: Path, tmp_path: Path
) -> None:
    train(request_of(tmp_path), replace(tiny, seed=1))
    ours, theirs = (load_backbone(folder / "made.safetensors") for folder in (trained, tmp_path))
    assert not np.allclose(ours.kernels["conv3"], theirs.kernels["conv3"])


def test_run_when_done_then_file_is_small_says_all_and_loads_as_any_backbone(
    trained: Path, pictures: Pictures
) -> None:
    path = trained / "made.safetensors"
    assert path.stat().st_size < 4e6
    weights = load_backbone(path)
    assert weights.description.normalization is None
    assert weights.description.input_mean == 128
    expected = {
        *("source", "licence", "attribution", "data", "architecture", "input", "gain_note", "training"),
        *("provenance", "seed", "steps", "minutes", "settings", "sha256"),
    }
    assert expected <= weights.metadata.keys()
    assert weights.metadata["steps"] == "4"
    assert weights.metadata["provenance"] == "started from random weights"
    assert "1 clips (square)" in weights.metadata["data"]
    backbone = Backbone(weights, device=CPU, dtype=torch.float32)
    frame = torch.from_numpy(pictures.photographs[0].pixels[:96, :128].repeat(2, axis=0).repeat(2, axis=1).copy())
    features = backbone.classifier_cells(frame[None])
    assert 3 < float(features.square().mean().sqrt()) < 14  # about 7 on photographs


def test_run_when_done_then_log_and_plot_tell_of_it(trained: Path) -> None:
    lines = [json.loads(line) for line in (trained / "run" / "log.jsonl").read_text().splitlines()]
    assert [(line["kind"], line["step"]) for line in lines] == [("held-out", 0), ("held-out", 4)]
    assert set(lines[0]["report"]["losses"]) == {"total", "ridge", "rank", "nce", "box"}
    assert (trained / "run" / "losses.png").stat().st_size > 10_000


def test_run_when_a_folder_holds_a_training_then_it_is_not_overwritten(
    request_of, tiny: PretrainingConfig, trained: Path
) -> None:
    with pytest.raises(PretrainingError, match="--resume"):
        TrainingRun(request_of(trained), tiny, CPU, lambda _: None)


def test_run_when_resumed_with_other_settings_then_says_which(
    request_of, tiny: PretrainingConfig, trained: Path
) -> None:
    with pytest.raises(PretrainingError, match=r"seed was 0, now 7"):
        TrainingRun(request_of(trained, is_resumed=True), replace(tiny, seed=7), CPU, lambda _: None)


def test_run_when_it_starts_from_weights_then_begins_with_them_and_says_so(
    request_of, tiny: PretrainingConfig, tmp_path: Path
) -> None:
    start = tmp_path / "start.safetensors"
    save_backbone(random_backbone(5), start)
    train(request_of(tmp_path, start=start), tiny, stop_after=0)
    made = load_backbone(tmp_path / "made.safetensors")
    np.testing.assert_allclose(made.kernels["conv2"], random_backbone(5).kernels["conv2"], rtol=1e-3, atol=1e-6)
    assert made.metadata["provenance"].startswith("started from random")


@pytest.mark.parametrize("kind", ["normalised", "other layers"])
def test_run_when_it_should_start_from_another_kind_of_backbone_then_refused(
    request_of, tiny: PretrainingConfig, tmp_path: Path, kind: str
) -> None:
    start = tmp_path / "start.safetensors"
    normalised = described(random_backbone(5), normalization=VGG_M_NORMALIZATION)
    save_backbone(normalised if kind == "normalised" else tiny_weights(), start)
    with pytest.raises(PretrainingError, match="VGG-M's layers without response normalisation"):
        TrainingRun(request_of(tmp_path, start=start), tiny, CPU, lambda _: None)


def test_exported_when_taken_back_then_the_same_weights() -> None:
    network = TrainableBackbone(torch.Generator().manual_seed(0))
    first = exported(network.state_dict(), relu1_gain=1.0, relu3_gain=1.0, metadata={})
    again = TrainableBackbone(torch.Generator().manual_seed(1))
    again.take(first)
    second = exported(again.state_dict(), relu1_gain=1.0, relu3_gain=1.0, metadata={})
    for layer in CONVOLUTION_SHAPES:
        np.testing.assert_allclose(first.kernels[layer], second.kernels[layer], rtol=1e-6)


def test_export_only_when_a_training_has_a_checkpoint_then_writes_its_weights(
    trained: Path, tmp_path: Path
) -> None:
    out = tmp_path / "now.safetensors"
    assert main(["--export-only", "--run", str(trained / "run"), "--out", str(out)]) == 0
    assert_same_tensors(load_backbone(out), load_backbone(trained / "made.safetensors"))


@pytest.mark.parametrize("content", [None, b"nothing of the kind"], ids=["missing", "damaged"])
def test_export_when_the_checkpoint_is_unusable_then_says_so(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / CHECKPOINT_NAME).write_bytes(content)
    with pytest.raises(PretrainingError, match=CHECKPOINT_NAME):
        export(tmp_path, tmp_path / "x.safetensors")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--data"),
        (["--data", "nowhere"], "nowhere"),
        (["--data", "nowhere", "--loss", "ridge,magic"], "magic"),
        (["--data", "nowhere", "--device", "abacus"], "abacus"),
        (["--data", "nowhere", "--steps", "0"], "--steps: expected a whole number above 0"),
        (["--data", "nowhere", "--minutes", "soon"], "--minutes: expected a number above 0"),
        (["--data", "nowhere", "--minutes", "5", "--steps", "5"], "not allowed with"),
        (["--data", "nowhere", "--out", "made.pth"], "named .safetensors"),
        (["--data", "nowhere", "--out", "folder.safetensors"], "got a folder"),
    ],
)
def test_main_when_a_request_cannot_be_met_then_error_without_a_traceback(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder.safetensors").mkdir()
    assert main(["--threads", "1", "--out", "made.safetensors", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
