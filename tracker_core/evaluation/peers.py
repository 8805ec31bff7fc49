"""Trackers of others, by name, behind this project's `Tracker`: OpenCV's, and guides alone."""

from __future__ import annotations

import cv2
import onnxruntime
import torch

from tracker_core.evaluation.opencv_trackers import OpenCvTracker
from tracker_core.evaluation.peer_names import OPENCV_NETWORKS
from tracker_core.evaluation.summary import Settings
from tracker_core.guides.guide_tracker import GuideTracker
from tracker_core.guides.names import GUIDE_NAMES
from tracker_core.tracker import Tracker
from tracker_core.weights.guide_store import guide_description, guide_entry, load_guide


def make_peer(name: str, *, seed: int = 0) -> Tracker:
    """One of `PEER_NAMES`; a guide shares a run of its networks between as many threads as torch uses.

    Raises:
        EvaluationError: a tracker that this OpenCV does not have.
        WeightsError: networks that are not here; the message says how to get them.
    """
    if name in GUIDE_NAMES:
        return GuideTracker(load_guide(name, threads=torch.get_num_threads()))
    return OpenCvTracker(name, seed=seed)


def peer_settings(name: str) -> Settings:
    """All that its boxes depend on, apart from seed, sequence and this program."""
    runs_on = {"onnxruntime": onnxruntime.__version__} if name in GUIDE_NAMES else {"opencv": cv2.__version__}
    guide = name if name in GUIDE_NAMES else OPENCV_NETWORKS.get(name)
    weights = {} if guide is None else {"weights_sha256": guide_entry(guide_description(guide)).sha256}
    return {"tracker": name, **runs_on, **weights}
