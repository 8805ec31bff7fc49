"""A few small photographs of discs, a trunk that only averages, and settings under which a step is quick."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it

from tests.tracker_core.pretraining.conftest import write_image
from tracker_core.pretraining.matching.config import MatchingConfig
from tracker_core.pretraining.matching.cut_outs import object_mask
from tracker_core.pretraining.matching.pictured_objects import Material
from tracker_core.pretraining.matching.trunk import FrozenTrunk
from tracker_core.pretraining.pictures import Pictures, read_pictures


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
def averaging_trunk() -> FrozenTrunk:
    generator = torch.Generator().manual_seed(0)
    fine, coarse = (torch.randn(n, 3, 1, 1, generator=generator) for n in (40, 112))

    def features(pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = (pixels.permute(0, 3, 1, 2).float() - 127) / 128
        return F.conv2d(F.avg_pool2d(x, 8), fine), F.conv2d(F.avg_pool2d(x, 16), coarse)

    return FrozenTrunk(features, "averages")


def disc_photograph(rng: np.random.Generator) -> np.ndarray:
    """A textured disc on a background of another colour, 128 x 96."""
    pixels = np.full((96, 128, 3), rng.integers(20, 90, 3), np.uint8)
    disc = np.zeros((96, 128), np.uint8)
    cv2.circle(disc, (64, 48), 26, 1, -1)
    pixels[disc > 0] = rng.integers(150, 250, 3)
    return np.clip(pixels + rng.normal(0, 6, pixels.shape), 0, 255).astype(np.uint8)
