"""A few small photographs of discs, a trunk that only averages, and settings under which a step is quick."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.tracker_core.pretraining.conftest import write_image
from tracker_core import BackboneWeights
from tracker_core.backbone_graph import PIXELS, Convolution, LayerGraph
from tracker_core.backbone_weights import BackboneDescription, Tap
from tracker_core.pretraining.matching.config import MatchingConfig
from tracker_core.pretraining.matching.cut_outs import object_mask
from tracker_core.pretraining.matching.pictured_objects import Material
from tracker_core.pretraining.matching.trunk import FrozenTrunk, frozen_trunk
from tracker_core.pretraining.pictures import Pictures, read_pictures
from tracker_core.weights import save_backbone


@pytest.fixture(scope="session")
def tiny_head() -> MatchingConfig:
    return MatchingConfig(
        batch=4,
        warm_up_steps=1,
        fresh_pairs=2,
        first_pairs=8,
        kept_pairs=12,
        refilled_pairs=6,
        standardized_pairs=8,
        held_out_interval=4,
        held_out_pairs=3,
    )


@pytest.fixture(scope="session")
def disc_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight photographs of discs in two groups, and a clip of a bright square that moves."""
    root = tmp_path_factory.mktemp("discs")
    rng = np.random.default_rng(0)
    for number in range(8):
        write_image(root / f"group{number % 2}" / f"{number}.png", disc_photograph(rng))
    for number in range(3):
        frame, mask = rng.integers(0, 90, (96, 128, 3), dtype=np.uint8), np.zeros((96, 128), np.uint8)
        place = (slice(30, 60), slice(20 + 8 * number, 60 + 8 * number))
        frame[place], mask[place] = (40, 250, 90), 255
        write_image(root / "square" / "img" / f"{number}.png", frame)
        write_image(root / "square" / "mask" / f"{number}.png", mask)
    return root


@pytest.fixture(scope="session")
def disc_pictures(disc_folder: Path) -> Pictures:
    return read_pictures([disc_folder], longest_side=512)


@pytest.fixture(scope="session")
def material(disc_pictures: Pictures) -> Material:
    masks = {number: object_mask(photo.pixels) for number, photo in enumerate(disc_pictures.photographs)}
    return Material.of(disc_pictures, {number: mask for number, mask in masks.items() if mask is not None})


@pytest.fixture(scope="session")
def averaging_weights() -> BackboneWeights:
    """The two layers a head reads, both plain averages of the pixels in many mixtures."""
    rng = np.random.default_rng(0)
    fine = rng.standard_normal((40, 3, 1, 1)).repeat(8, 2).repeat(8, 3) / 64
    coarse = rng.standard_normal((112, 40, 1, 1)).repeat(2, 2).repeat(2, 3) / 4 / np.sqrt(40)
    layers = Convolution("block4", PIXELS, 40, 8, 8), Convolution("block10", "block4", 112, 2, 2)
    taps = Tap("block4"), Tap("block10")
    return BackboneWeights(
        BackboneDescription(LayerGraph(layers), taps[0], taps, input_mean=127.0, input_scale=1 / 128),
        kernels={"block4": fine.astype(np.float32), "block10": coarse.astype(np.float32)},
        biases={"block4": np.zeros(40, np.float32), "block10": np.zeros(112, np.float32)},
        name="averages",
        metadata={"source": "a test", "licence": "free", "attribution": "By nobody."},
    )


@pytest.fixture(scope="session")
def averaging_file(averaging_weights: BackboneWeights, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trunk") / "averages.safetensors"
    save_backbone(averaging_weights, path)
    return path


@pytest.fixture(scope="session")
def averaging_trunk(averaging_file: Path) -> FrozenTrunk:
    return frozen_trunk(averaging_file)


def disc_photograph(rng: np.random.Generator) -> np.ndarray:
    """A textured disc on a background of another colour, 128 x 96."""
    pixels = np.full((96, 128, 3), rng.integers(20, 90, 3), np.uint8)
    disc = np.zeros((96, 128), np.uint8)
    cv2.circle(disc, (64, 48), 26, 1, -1)
    pixels[disc > 0] = rng.integers(150, 250, 3)
    return np.clip(pixels + rng.normal(0, 6, pixels.shape), 0, 255).astype(np.uint8)
