from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from tests.tracker_core.pretraining.matching.test_network import SHAPES
from tracker_core import BackboneWeights
from tracker_core.pretraining.errors import PretrainingError, TrainingStopped
from tracker_core.pretraining.matching.__main__ import main
from tracker_core.pretraining.matching.config import MatchingConfig
from tracker_core.pretraining.matching.features import FeatureMaker, PairFeatures, ReplayBuffer
from tracker_core.pretraining.matching.network import Standardization
from tracker_core.pretraining.matching.pairs import PairMaker
from tracker_core.pretraining.matching.pictured_objects import Material
from tracker_core.pretraining.matching.run import HeadRequest, HeadTrainingRun, export_head
from tracker_core.pretraining.matching.trainer import HeadTrainer
from tracker_core.pretraining.matching.trunk import FrozenTrunk
from tracker_core.pretraining.state_file import CHECKPOINT_NAME, TrainingLength
from tracker_core.studio.matching_head import MatchingHead
from tracker_core.weights import load_backbone

Train = Callable[..., list[str]]


@pytest.fixture(scope="module")
def train(disc_folder: Path, averaging_trunk: FrozenTrunk, tiny_head: MatchingConfig) -> Train:
    """Trains in a folder; stops before the step of that number."""

    def run(
        folder: Path, config: MatchingConfig = tiny_head, *, stop_at: int = 99, **changes: object
    ) -> list[str]:
        request = HeadRequest((disc_folder,), folder / "made.safetensors", folder / "run", TrainingLength(steps=4))
        told: list[str] = []
        training = HeadTrainingRun(replace(request, **changes), config, averaging_trunk, told.append)
        training.train(lambda: training._step >= stop_at)
        return told

    return run


@pytest.fixture(scope="module")
def trained(train: Train, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where four steps in one go have left their files."""
    folder = tmp_path_factory.mktemp("trained")
    train(folder)
    return folder


@pytest.fixture(scope="module")
def tuning_head(tiny_head: MatchingConfig) -> MatchingConfig:
    return replace(tiny_head, tail_rate=0.1)


@pytest.fixture(scope="module")
def tuned(
    train: Train, trained: Path, tuning_head: MatchingConfig, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Where four more steps, with the trunk's tail, have left their files."""
    folder = tmp_path_factory.mktemp("tuned")
    train(folder, tuning_head, begun_with=trained / "run")
    return folder


def test_train_on_when_one_pair_comes_again_and_again_then_its_losses_fall(
    material: Material, averaging_trunk: FrozenTrunk, tiny_head: MatchingConfig
) -> None:
    pairs = FeatureMaker(PairMaker(material, 0), averaging_trunk.features, 8).make(0).widened()
    number = int(pairs.has_target.int().argmax())
    one = pairs.rows(number, number + 1)
    trainer = HeadTrainer(replace(tiny_head, rate=3e-3), Standardization.of(pairs.search))
    reports = [trainer.train_on(one, 0.0) for _ in range(60)]
    for name in ("total", "confidence", "box", "distances"):
        assert reports[-1].losses[name] < 0.5 * reports[0].losses[name], name
    assert reports[-1].uses["IoU"] > 0.8


def test_train_when_no_pair_has_its_target_then_confidence_alone_is_asked(
    material: Material, averaging_trunk: FrozenTrunk, tiny_head: MatchingConfig
) -> None:
    pairs = FeatureMaker(PairMaker(material, 0), averaging_trunk.features, 4).make(0).widened()
    report = HeadTrainer(tiny_head, Standardization.of(pairs.search)).train_on(pairs.swapped(), 0.0)
    assert report.losses["box"] == report.losses["distances"] == 0
    assert report.losses["confidence"] > 0
    assert report.uses == {}


def test_replay_buffer_when_full_then_the_oldest_make_room(
    material: Material, averaging_trunk: FrozenTrunk
) -> None:
    chunks = [FeatureMaker(PairMaker(material, 0), averaging_trunk.features, 2).make(n) for n in range(4)]
    buffer = ReplayBuffer(6)
    for chunk in chunks:
        buffer.add(chunk)
    assert len(buffer) == 6
    drawn = buffer.drawn(np.random.default_rng(0), 6)
    expected = PairFeatures.joined(chunks[1:])
    assert sorted(map(tuple, drawn.edges.tolist())) == sorted(map(tuple, expected.edges.tolist()))
    assert drawn.search.fine.dtype == torch.float32
    assert drawn.search.fine.shape == (6, 40, 32, 32)
    assert drawn.template.coarse.shape == (6, 112, 8, 8)


def test_run_when_repeated_with_more_threads_then_the_same_head(
    train: Train, trained: Path, tmp_path: Path
) -> None:
    train(tmp_path, data_threads=3)
    ours, theirs = (load_file(folder / "made.safetensors") for folder in (trained, tmp_path))
    assert [name for name in ours if not torch.equal(ours[name], theirs[name])] == []


def test_run_when_stopped_and_resumed_then_it_goes_on_from_there_to_its_end(train: Train, tmp_path: Path) -> None:
    train(tmp_path, stop_at=2)
    stopped = load_file(tmp_path / "run" / CHECKPOINT_NAME)
    told = train(tmp_path, is_resumed=True, length=None)
    resumed = load_file(tmp_path / "run" / CHECKPOINT_NAME)
    assert "from step 2" in told[0]
    assert "making the first 8 pairs" in told  # of 12: no more than a young training has, or than are refilled
    assert float(stopped["adam.neck.convolution.weight.step"]) == 2
    assert float(resumed["adam.neck.convolution.weight.step"]) == 4
    assert torch.equal(stopped["now.mean"], resumed["now.mean"])
    lines = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [0, 2, 2, 4]


def test_run_when_told_to_stop_before_the_first_step_then_says_so_and_keeps_no_checkpoint(
    train: Train, tmp_path: Path
) -> None:
    with pytest.raises(TrainingStopped):
        train(tmp_path, stop_at=0)
    assert not (tmp_path / "run" / CHECKPOINT_NAME).exists()


def test_run_when_done_then_the_file_has_all_tensors_and_says_what_it_is(
    trained: Path, averaging_trunk: FrozenTrunk
) -> None:
    with safe_open(trained / "made.safetensors", "pt") as file:
        metadata, names = file.metadata(), set(file.keys())
        dtypes = {file.get_tensor(name).dtype for name in names}
    layers = {f"{layer}.{kind}" for layer in ("block4", "block10") for kind in ("weight", "bias")}
    assert names == layers | {f"matcher.{name}.{kind}" for name in SHAPES for kind in ("weight", "bias")}
    assert dtypes == {torch.float16}
    assert {"data", "architecture", "training", "provenance"} <= metadata.keys()
    assert (metadata["format_version"], metadata["name"]) == ("2", "made")
    assert (metadata["steps"], metadata["seed"], metadata["trunk"]) == ("4", "0", averaging_trunk.source)
    assert metadata["source"].startswith("a test; matching head trained for DLST Studio on ")
    assert metadata["licence"].startswith("free; matching head ")
    assert metadata["attribution"].startswith("By nobody.")
    assert float(metadata["seconds"]) >= 0
    assert json.loads(metadata["settings"])["batch"] == 4
    assert "8 photographs and 1 clips (square)" in metadata["data"]


def test_run_when_done_then_its_file_is_read_as_trunk_and_head(
    trained: Path, averaging_weights: BackboneWeights
) -> None:
    weights = load_backbone(trained / "made.safetensors")
    assert weights.description == averaging_weights.description
    for layer, kernel in averaging_weights.kernels.items():
        assert np.array_equal(weights.kernels[layer], kernel.astype(np.float16).astype(np.float32))
    MatchingHead(weights.extra_tensors, torch.device("cpu"))  # refuses tensors of another shape


def test_run_when_done_then_log_and_plot_tell_of_it(trained: Path) -> None:
    lines = [json.loads(line) for line in (trained / "run" / "log.jsonl").read_text().splitlines()]
    assert [(line["kind"], line["step"]) for line in lines] == [("held-out", 0), ("held-out", 4)]
    assert set(lines[0]["report"]["losses"]) == {"total", "confidence", "box", "distances"}
    assert set(lines[0]["report"]["uses"]) == {"IoU", "below 0.3", "above 0.7"}
    assert (trained / "run" / "losses.png").stat().st_size > 10_000


def test_run_when_another_seed_then_another_head(
    train: Train, trained: Path, tiny_head: MatchingConfig, tmp_path: Path
) -> None:
    train(tmp_path, replace(tiny_head, seed=1))
    ours, theirs = (load_file(folder / "made.safetensors") for folder in (trained, tmp_path))
    assert not torch.allclose(ours["matcher.key.weight"], theirs["matcher.key.weight"])


def test_run_when_resumed_with_other_settings_then_says_which(
    train: Train, trained: Path, tiny_head: MatchingConfig
) -> None:
    with pytest.raises(PretrainingError, match=r"seed was 0, now 7"):
        train(trained, replace(tiny_head, seed=7), is_resumed=True)


def test_run_when_a_folder_holds_a_training_then_it_is_not_overwritten(train: Train, trained: Path) -> None:
    with pytest.raises(PretrainingError, match="--resume"):
        train(trained)


def test_run_when_tuning_then_the_trunks_tail_is_trained_with_the_head_and_written(
    tuned: Path, trained: Path
) -> None:
    before, after = (load_file(folder / "made.safetensors") for folder in (trained, tuned))
    assert torch.equal(before["block4.weight"], after["block4.weight"])
    for name in ("block10.weight", "block10.bias", "matcher.key.weight"):
        assert not torch.equal(before[name], after[name]), name
    with safe_open(tuned / "made.safetensors", "pt") as file:
        metadata = file.metadata()
    assert metadata["training"].startswith(
        "4 steps of 4 pairs in 0 minutes; then, with the trunk's last blocks, 4 "
    )
    assert "the trunk's layers behind block4 were trained with it" in metadata["provenance"]


def test_run_when_tuning_then_it_begins_with_the_trained_head_and_the_trunk_as_it_is(
    tuned: Path, trained: Path
) -> None:
    before = json.loads((trained / "run" / "log.jsonl").read_text().splitlines()[-1])
    begin = json.loads((tuned / "run" / "log.jsonl").read_text().splitlines()[0])
    assert begin["step"] == 0
    assert begin["report"]["losses"] == pytest.approx(
        before["report"]["losses"], abs=2e-3
    )  # coarse maps in float32


def test_run_when_tuning_is_stopped_and_resumed_then_it_goes_on_to_its_end(
    train: Train, trained: Path, tuning_head: MatchingConfig, tmp_path: Path
) -> None:
    train(tmp_path, tuning_head, begun_with=trained / "run", stop_at=2)
    train(tmp_path, tuning_head, begun_with=trained / "run", is_resumed=True, length=None)
    resumed = load_file(tmp_path / "run" / CHECKPOINT_NAME)
    assert float(resumed["adam.tail.kernels.block10.step"]) == 4


def test_run_when_tuning_is_resumed_without_the_head_it_began_with_then_still_tells_of_it(
    train: Train, trained: Path, tuning_head: MatchingConfig, tmp_path: Path
) -> None:
    train(tmp_path, tuning_head, begun_with=trained / "run", stop_at=2)
    train(tmp_path, tuning_head, begun_with=tmp_path / "nowhere", is_resumed=True, length=None)
    with safe_open(tmp_path / "made.safetensors", "pt") as file:
        assert file.metadata()["training"].startswith(
            "4 steps of 4 pairs in 0 minutes; then, with the trunk's last"
        )


def test_run_when_what_it_begins_with_has_tuned_already_then_refused(
    train: Train, tuned: Path, tuning_head: MatchingConfig, tmp_path: Path
) -> None:
    with pytest.raises(PretrainingError, match="expected the training of a head alone"):
        train(tmp_path, tuning_head, begun_with=tuned / "run")
    assert list(tmp_path.iterdir()) == []


def test_export_only_when_a_training_has_a_checkpoint_then_writes_its_head(
    trained: Path, averaging_file: Path, tmp_path: Path
) -> None:
    out, run = tmp_path / "now.safetensors", str(trained / "run")
    assert main(["--export-only", "--trunk", str(averaging_file), "--run", run, "--out", str(out)]) == 0
    ours, theirs = load_file(out), load_file(trained / "made.safetensors")
    assert [name for name in theirs if not torch.equal(ours[name], theirs[name])] == []


def test_export_head_when_the_trunk_is_another_then_refused(
    trained: Path, averaging_trunk: FrozenTrunk, averaging_weights: BackboneWeights, tmp_path: Path
) -> None:
    other = replace(averaging_trunk, weights=replace(averaging_weights, name="others"))
    with pytest.raises(PretrainingError, match=r"expected the trunk of this training \(averages.*got others"):
        export_head(trained / "run", other, tmp_path / "now.safetensors")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "nowhere"], "expected --trunk NAME|FILE"),
        (["--export-only"], "expected --trunk NAME|FILE"),
        (["--trunk", "studio"], "--data"),
        (["--data", "nowhere", "--trunk", "nowhere.pth"], "nowhere.pth: there is no such file"),
        (["--data", "nowhere", "--trunk", "broken.pth"], "broken.pth: expected a PyTorch file by its suffix"),
        (["--data", "nowhere", "--trunk", "other.pth"], "or EfficientNet-Lite0's state dict, got weight"),
        (["--data", "nowhere", "--trunk", "nobody-s"], 'no backbone is named "nobody-s"'),
        (["--data", "nowhere", "--trunk", "random"], 'expected a layer, got "block4"'),
        (["--data", "nowhere", "--steps", "0"], "--steps: expected a whole number above 0"),
        (["--data", "nowhere", "--seed", "-1"], "--seed"),
        (["--data", "nowhere", "--minutes", "5", "--steps", "5"], "not allowed with"),
        (["--data", "nowhere", "--out", "made.pth"], "named .safetensors"),
        (["--export-only", "--trunk", "studio"], "there is no checkpoint"),
        (["--data", "nowhere", "--trunk", "studio", "--tune", "no-run"], "there is no checkpoint"),
    ],
)
def test_main_when_a_request_cannot_be_met_then_error_in_one_line(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("broken.pth").write_bytes(b"nothing of the kind")
    torch.save({"weight": torch.zeros(2)}, "other.pth")
    assert main(["--threads", "1", "--out", "made.safetensors", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
