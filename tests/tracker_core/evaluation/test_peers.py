"""Trackers of others by name, and OpenCV's that run a network."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.tracker_core.guides.made_guide import store_made_guide
from tests.tracker_core.moving_squares import SIDE, scene, square
from tracker_core import Box, Frame, WeightsError
from tracker_core.evaluation.errors import EvaluationError
from tracker_core.evaluation.opencv_networks import network_tracker
from tracker_core.evaluation.peer_names import PEER_NAMES
from tracker_core.evaluation.peers import make_peer, peer_settings
from tracker_core.weights import guide_store

START = square(84, 56)


def test_guide_when_made_by_name_then_tracks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store_made_guide(monkeypatch, tmp_path / "store")
    tracker, moved = make_peer("nanotrack-v3"), START.shifted(SIDE / 2, SIDE / 2)
    tracker.initialize(scene(START), START)
    assert tracker.track(scene(moved)).box.iou(moved) > 0.99


def test_settings_when_asked_for_then_tell_what_runs_and_with_which_weights() -> None:
    settings = {name: peer_settings(name) for name in PEER_NAMES}
    assert [settings[name]["tracker"] for name in PEER_NAMES] == list(PEER_NAMES)
    assert set(settings["mil"]) == {"tracker", "opencv"}
    assert set(settings["opencv-vit"]) == {"tracker", "opencv", "weights_sha256"}
    assert set(settings["vittrack"]) == {"tracker", "onnxruntime", "weights_sha256"}
    assert settings["vittrack"]["weights_sha256"] == settings["opencv-vit"]["weights_sha256"]


@pytest.mark.parametrize("name", ["fear-xs", "opencv-nano"])
def test_peer_when_its_network_is_not_here_then_says_how_to_get_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guide_store, "default_folder", lambda: tmp_path)
    with pytest.raises(WeightsError, match=r"is not here: .*`weights import FOLDER` takes its files"):
        make_peer(name)


def test_network_tracker_when_opencv_has_none_then_says_which_version_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(cv2, "TrackerVit", raising=False)
    with pytest.raises(EvaluationError, match=r"no TrackerVit: install opencv-python-headless 4\.9 or later"):
        network_tracker("opencv-vit")


@pytest.fixture
def peers(data_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real networks are in the store."""
    if not (data_root / "peers").is_dir():
        pytest.skip(f"no test data: {data_root / 'peers'} does not exist")
    shutil.copytree(data_root / "peers", tmp_path / "guides")
    monkeypatch.setattr(guide_store, "default_folder", lambda: tmp_path)


def textured(shift: int) -> Frame:
    noise = np.random.default_rng(4).integers(0, 256, (160, 220, 3), dtype=np.uint8)
    ground = cv2.GaussianBlur(noise, (0, 0), 3)
    x = 60 + shift
    ground[50:90, x : x + 40] = noise[:5, :5].repeat(8, axis=0).repeat(8, axis=1)
    return np.asarray(ground, dtype=np.uint8)


@pytest.mark.data
@pytest.mark.usefixtures("peers")
@pytest.mark.parametrize(
    "name", ["opencv-nano", "opencv-vit", "nanotrack-v2", "nanotrack-v3", "vittrack", "fear-xs"]
)
def test_real_peer_when_a_square_moves_then_follows(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    tracker = make_peer(name)
    tracker.initialize(textured(0), Box(60, 50, 40, 40))
    results = [tracker.track(textured(3 * number)) for number in range(1, 8)]
    assert results[-1].box.iou(Box(81, 50, 40, 40)) > 0.6
    assert all(result.is_found for result in results)
    assert capfd.readouterr().err == ""


@pytest.mark.data
@pytest.mark.usefixtures("peers")
def test_opencvs_vittrack_when_its_normalisation_is_right_then_is_as_sure_as_our_engine() -> None:
    """Wrongly normalised, it is surer of nothing; see opencv_networks.py."""
    ours, theirs = (make_peer(name) for name in ("vittrack", "opencv-vit"))
    for tracker in (ours, theirs):
        tracker.initialize(textured(0), Box(60, 50, 40, 40))
    gone = np.full_like(textured(0), 90)
    assert theirs.track(textured(3)).box.iou(ours.track(textured(3)).box) > 0.85
    assert not theirs.track(gone).is_found
    assert theirs.track(gone).score < 0
