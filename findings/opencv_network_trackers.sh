#!/usr/bin/env bash
# What OpenCV's TrackerVit and TrackerNano do with pixels, places and small boxes that nobody would guess.
#
# Of: opencv-python-headless 5.0.0.93 and 4.10.0.84 with numpy 2.4.6, on Linux x86-64 with Python 3.11; VitTrack of OpenCV's zoo (2023sep),
# NanoTrack v2 and v3 of its authors' repository (commit 248663f). Input: made-up pictures. Nothing of this repository is run.
#
# Seen there, and checked below (exit status 1 where something is otherwise):
#
#   1. TrackerVit of 5.0.0 normalises pixels wrongly with its default parameters. It divides 1.0 by a `cv::Scalar`, which is taken
#      for a quaternion: the "inverse" of (0.229, 0.224, 0.225, 0) is (1.49, -1.46, -1.47, 0), so two channels change their
#      sign. Shown the very picture it was started on, its score is 0.79. With stdvalue = (0.0743262, -0.0759853, -0.0756476, 0),
#      whose quaternion's inverse is that of each number, it is 0.967, to seven digits what 4.10.0 gives with its
#      defaults, which divides each by itself. With that value 4.10.0 in turn is wrong: 0.942.
#   2. On a grey picture TrackerVit of 5.0.0 answers (False, (0, 0, 0, 0)) and goes on searching at the old place; 4.10.0 answers
#      (True, some box), at a score of 0.1.
#   3. TrackerNano's score depends on where in the picture the target is: the same pixels further right and down in a larger picture
#      are scored 0.77 in place of 0.85, because a jump in size is told by dividing by the position instead of the
#      size. Its answer is (True, box) on a grey picture too, at a score of 0.71.
#   4. A box of 6 x 6 pixels is answered with 10 x 10 on a picture that has not changed.
#   5. NanoTrack v3's files are taken by `create` and `init`, and `update` raises cv2.error: 15 x 15 cells come where 16 x 16
#      are built in.
#
# Usage: bash findings/opencv_network_trackers.sh     (PYTHON=python3.12 chooses another; WEIGHTS=FOLDER has the files already, else
#        network; a minute)
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
weights=${WEIGHTS:-$folder/weights}
nano=https://raw.githubusercontent.com/HonglinChu/SiamTrackers/248663fde6bf7c40190cf10ee396d5662919ecd3/NanoTrack/models
zoo=https://media.githubusercontent.com/media/opencv/opencv_zoo/47534e27c9851bb1128ccc0102f1145e27f23f98/models
if [ -z "${WEIGHTS:-}" ]; then
    mkdir "$weights"
    curl -sSfL -o "$weights/nanotrack_v2_backbone.onnx" "$nano/nanotrackv2/nanotrack_backbone_sim.onnx"
    curl -sSfL -o "$weights/nanotrack_v2_head.onnx" "$nano/nanotrackv2/nanotrack_head_sim.onnx"
    curl -sSfL -o "$weights/nanotrack_v3_backbone.onnx" "$nano/nanotrackv3/nanotrack_backbone.onnx"
    curl -sSfL -o "$weights/nanotrack_v3_head.onnx" "$nano/nanotrackv3/nanotrack_head.onnx"
    curl -sSfL -o "$weights/vittrack_2023sep.onnx" "$zoo/object_tracking_vittrack/object_tracking_vittrack_2023sep.onnx"
fi
(cd "$weights" && sha256sum --check --quiet <<'SUMS'
530bdd0cd00f19afab79a863e71ba71e3312395a5dc9151af675082bdaaa2fc4  nanotrack_v2_backbone.onnx
0d8c0637be849f092cc7236cae02e55c8b9455ebe37ba50601d6115db4247cd9  nanotrack_v2_head.onnx
50be1320abf9384fd3479ea829f95e244cf3f3838190c5ab60c750fb8c1ce828  nanotrack_v3_backbone.onnx
75357903be3f4817c965af16cb5a11fd32b1467f597a408405a98635ac63f61d  nanotrack_v3_head.onnx
2990f0b7cd44d92afa48cd97db6de7be113fc1d9594fddb74e2725c10478e91d  vittrack_2023sep.onnx
SUMS
)

cat > "$folder/check.py" <<'PYTHON'
import platform
import sys
from pathlib import Path

import cv2
import numpy as np

WEIGHTS = Path(sys.argv[1])
IS_OLD = cv2.__version__.startswith("4.10.")
SIDE = 40
failures = []
rng = np.random.default_rng(0)
GROUND = cv2.GaussianBlur(rng.integers(0, 256, (240, 320, 3), dtype=np.uint8), (0, 0), 2)
SQUARE = rng.integers(0, 256, (5, 5, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
GREY = np.full_like(GROUND, 128)
inverses = 1 / np.array([0.229, 0.224, 0.225])
UNDONE = (*(inverses * (1, -1, -1) / (inverses**2).sum()).tolist(), 0.0)


def check(what, is_so, seen):
    print("as stated" if is_so else "OTHERWISE", "|", what, "|", seen)
    if not is_so:
        failures.append(what)


def scene(x):
    picture = GROUND.copy()
    picture[100 : 100 + SIDE, x : x + SIDE] = SQUARE
    return picture


def vit(**parameters):
    chosen = cv2.TrackerVit_Params()
    chosen.net = str(WEIGHTS / "vittrack_2023sep.onnx")
    for name, value in parameters.items():
        setattr(chosen, name, value)
    return cv2.TrackerVit_create(chosen)


def nano(version):
    chosen = cv2.TrackerNano_Params()
    chosen.backbone = str(WEIGHTS / f"nanotrack_v{version}_backbone.onnx")
    chosen.neckhead = str(WEIGHTS / f"nanotrack_v{version}_head.onnx")
    return cv2.TrackerNano_create(chosen)


def started(tracker, picture, box):
    tracker.init(picture, box)
    return tracker


def normalisation():
    low, high = float(GROUND.min()), float(GROUND.max())
    picture = np.uint8((GROUND.astype(np.float32) - low) / (high - low) * 255)
    scores = {}
    for name, parameters in (("default", {}), ("undone", {"stdvalue": UNDONE})):
        tracker = started(vit(**parameters), picture, (140, 100, SIDE, SIDE))
        tracker.update(picture)
        scores[name] = tracker.getTrackingScore()
    right, wrong = ("default", "undone") if IS_OLD else ("undone", "default")
    check(f"VitTrack's score on the first picture itself, {right}", abs(scores[right] - 0.9672224) < 1e-4, scores)
    check(f"VitTrack's score on the first picture itself, {wrong}", scores[wrong] < 0.95, scores)


def without_target():
    tracker = started(vit(), scene(100), (100, 100, SIDE, SIDE))
    answer = tracker.update(GREY)
    check(f"VitTrack on grey: {'found' if IS_OLD else 'lost, and zeros'}",
          answer[0] if IS_OLD else answer == (False, (0, 0, 0, 0)), answer)
    after = tracker.update(scene(100))
    check("VitTrack afterwards: found where it was", after[0] and abs(after[1][0] - 100) < 12, after)
    tracker = started(nano(2), scene(100), (100, 100, SIDE, SIDE))
    answer, score = tracker.update(GREY), tracker.getTrackingScore()
    check("NanoTrack on grey: found, at a score above 0.6", answer[0] and score > 0.6, (answer, score))


def place():
    scores = {}
    for left, top in ((300, 300), (600, 560)):
        pictures = [np.full((900, 1200, 3), 90, np.uint8) for _ in range(2)]
        for picture, x in zip(pictures, (100, 103)):
            picture[top : top + 240, left : left + 320] = scene(x)
        tracker = started(nano(2), pictures[0], (left + 100, top + 100, SIDE, SIDE))
        tracker.update(pictures[1])
        scores[left, top] = tracker.getTrackingScore()
    check("NanoTrack's score is lower further right and down", scores[300, 300] - scores[600, 560] > 0.05, scores)


def small():
    picture = GROUND.copy()
    picture[100:106, 100:106] = 255, 0, 0
    answer = started(nano(2), picture, (100, 100, 6, 6)).update(picture)
    check("NanoTrack answers 6 x 6 with 10 x 10", answer[1][2:] == (10, 10), answer)


def third_version():
    tracker = started(nano(3), scene(100), (100, 100, SIDE, SIDE))
    try:
        seen, is_raised = tracker.update(scene(100)), False
    except cv2.error as error:
        seen, is_raised = " ".join(str(error).split())[:110], True
    check("NanoTrack v3 starts, and raises in update", is_raised, seen)


print("Python", platform.python_version(), platform.machine(), "| cv2", cv2.__version__, "| numpy", np.__version__)
cv2.setNumThreads(1)
normalisation()
without_target()
place()
small()
third_version()
sys.exit(f"{len(failures)} otherwise than stated" if failures else 0)
PYTHON

for version in 4.10.0.84 5.0.0.93; do
    "${PYTHON:-python3}" -m venv "$folder/$version"
    "$folder/$version/bin/python" -m pip install --quiet --disable-pip-version-check \
        "opencv-python-headless==$version" numpy==2.4.6
    OPENCV_LOG_LEVEL=ERROR "$folder/$version/bin/python" "$folder/check.py" "$weights"
done
