"""Few small pictures, and settings under which a step takes hundredths of a second."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from tracker_core.pretraining.config import PretrainingConfig
from tracker_core.pretraining.pictures import Pictures, read_pictures

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny() -> PretrainingConfig:
    return PretrainingConfig(
        episodes=2,
        small_windows=3,
        large_windows=5,
        support_maps=2,
        support_positives=6,
        support_negatives=18,
        box_support=8,
        box_query=4,
        pairs=2,
        rivals=4,
        warm_up_steps=1,
        held_out_interval=4,
    )


@pytest.fixture(scope="session")
def picture_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight photographs of noise in two groups, and a clip of a bright square that moves."""
    root = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    for number in range(8):
        write_photograph(root / f"group{number % 2}" / f"{number}.png", rng)
    background = cv2.resize(rng.integers(0, 120, (12, 16, 3), dtype=np.uint8), (128, 96))
    for number in range(4):
        frame, mask = background.copy(), np.zeros((96, 128), np.uint8)
        place = (slice(30, 60), slice(20 + 8 * number, 60 + 8 * number))
        frame[place], mask[place] = (40, 250, 90), 255
        write_image(root / "square" / "img" / f"{number}.png", frame)
        write_image(root / "square" / "mask" / f"{number}.png", mask)
    return root


@pytest.fixture(scope="session")
def pictures(picture_folder: Path) -> Pictures:
    return read_pictures([picture_folder], longest_side=512)


def write_photograph(path: Path, rng: np.random.Generator) -> None:
    write_image(path, cv2.resize(rng.integers(0, 256, (12, 16, 3), dtype=np.uint8), (128, 96)))


def write_image(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
