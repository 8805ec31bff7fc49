"""The core by itself: in a process of its own, where nothing of the program can be imported."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

TRACK_WITHOUT_THE_PROGRAM = """
import sys
from dataclasses import replace

for blocked in ("PySide6", "pyqtgraph", "av", "dlst_gui", "tqdm", "matplotlib"):
    sys.modules[blocked] = None

import numpy as np
import torch
from tracker_core import (
    PRESETS, Box, CandidateConfig, RegressionConfig, TrainingConfig, create_tracker
)
from tracker_core.weights import random_backbone

torch.set_num_threads(1)
config = PRESETS["dlst"]
samples = replace(
    config.samples,
    first=replace(config.samples.first, positives=10, negatives=10),
    online=replace(config.samples.online, positives=4, negatives=4),
)
config = replace(
    config, candidates=CandidateConfig(count=8), samples=samples, regression=RegressionConfig(samples=10),
    training=TrainingConfig(iterations_first=2, iterations_online=2),
)
frame = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
before = torch.get_rng_state(), np.random.get_state()[1].copy()
tracker = create_tracker(config, random_backbone(0))
tracker.initialize(frame, Box(30, 20, 20, 16))
tracker.track(frame)
assert torch.equal(before[0], torch.get_rng_state()), "drew from torch's global generator"
assert (before[1] == np.random.get_state()[1]).all(), "drew from numpy's global generator"
print([compiler for compiler in ("torch._dynamo", "sympy") if compiler in sys.modules])
"""


def test_core_when_window_and_video_libraries_are_missing_then_tracks_without_loading_a_compiler() -> None:
    """torch's optimizers load torch's compiler on first use: seconds in which nobody can cancel."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", TRACK_WITHOUT_THE_PROGRAM],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("package", ["tracker_core", "tracker_core.weights"])
def test_public_name_when_asked_for_then_is_there(package: str) -> None:
    module = import_module(package)
    assert [name for name in module.__all__ if not hasattr(module, name)] == []


def test_names_and_presets_when_asked_for_then_nothing_large_is_loaded() -> None:
    program = (
        "import sys; from tracker_core import FAST_STEPS, PRESETS, fast_steps; "
        "from tracker_core.weights import DEFAULT_NAME, VGG_M_NAME; "
        "from tracker_core.evaluation.peer_names import OPENCV_TRACKERS; "
        "print([name for name in ('numpy', 'torch', 'cv2') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
