#!/usr/bin/env bash
# What OpenCV's CSRT and KCF answer while their target is covered, gone or back, and which boxes they take.
#
# Of: opencv-contrib-python-headless 5.0.0.93 (cv2 5.0.0) with numpy 2.4.6, on Linux x86-64 with Python 3.11.
# Input: a made-up video of 320 x 240, a square of 40 pixels on soft noise. Nothing of this repository is run.
#
# Seen there, and checked below (exit status 1 where something is otherwise):
#
#   1. One frame without its target ends CSRT. The square stands still at (100, 100); for a single frame it is not there. KCF finds
#      it on the next frame, CSRT on none of the following 20. Where it comes back at (10, 10) in place of (100, 100),
#      it is the other way round: CSRT finds it, KCF does not. At (270, 190) CSRT does not either: once lost, it seems
#      to look in the top left corner alone.
#   2. `getTrackingScore()` exists and is -1.0 on every frame, whether the target is followed or lost.
#   3. While the target is covered for 20 frames, and when it has left, `update` gives (False, (0, 0, 0, 0)): there is
#      no last box, and the zeros are a valid box for whoever does not look at the flag.
#   4. `init` takes whole numbers alone: (40.0, 100.0, 40.0, 40.0) raises cv2.error. It gives None, not a flag.
#   5. A box half beyond the frame is taken: KCF then reports the part inside, CSRT a box that ends beyond the frame.
#      One entirely beyond raises cv2.error.
#
# Usage: bash findings/opencv_tracker_answers.sh      (PYTHON=python3.12 chooses another; needs network; a minute)
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    opencv-contrib-python-headless==5.0.0.93 numpy==2.4.6

cat > "$folder/check.py" <<'PYTHON'
import platform
import sys

import cv2
import numpy as np

SIDE, WIDTH, HEIGHT = 40, 320, 240
LOST = (False, (0, 0, 0, 0))
rng = np.random.default_rng(0)
noise = rng.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
BACKGROUND = cv2.GaussianBlur(noise, (0, 0), 2)
SQUARE = rng.integers(0, 256, (5, 5, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
failures = []


def frame(x=None, y=100, *, is_covered=False):
    picture = BACKGROUND.copy()
    if x is not None and x < WIDTH:
        picture[y : y + SIDE, x : x + SIDE] = SQUARE[:, : WIDTH - x]
    if is_covered:
        picture[y - 30 : y + SIDE + 30, x - 30 : x + SIDE + 30] = 128
    return picture


def started(kind, x=100, box=None):
    tracker = getattr(cv2, f"Tracker{kind}").create()
    given = tracker.init(frame(x), box or (x, 100, SIDE, SIDE))
    check(f"{kind} init gives None", given is None, given)
    return tracker


def check(what, is_so, seen):
    print("as stated" if is_so else "OTHERWISE", "|", what, "|", seen)
    if not is_so:
        failures.append(what)


def is_near(answer, x, y):
    return answer[0] and abs(answer[1][0] - x) <= 8 and abs(answer[1][1] - y) <= 8


def coming_back(kind, x, y):
    tracker = started(kind)
    followed = [tracker.update(frame(100)) for _ in range(3)]
    missing = tracker.update(frame())
    after = [tracker.update(frame(x, y)) for _ in range(20)]
    check(f"{kind} follows a square that stands still", all(is_near(one, 100, 100) for one in followed), followed[-1])
    check(f"{kind} is lost where there is none", missing == LOST, missing)
    is_found = all(is_near(one, x, y) for one in after)
    is_lost = all(one == LOST for one in after)
    return ("found" if is_found else "lost" if is_lost else "mixed"), (after[0], after[-1])


def one_frame_without():
    for kind, x, y, expected in (
        ("KCF", 100, 100, "found"),
        ("CSRT", 100, 100, "lost"),
        ("KCF", 10, 10, "lost"),
        ("CSRT", 10, 10, "found"),
        ("CSRT", 270, 190, "lost"),
    ):
        seen, answers = coming_back(kind, x, y)
        check(f"{kind}, one frame without, then 20 at ({x}, {y}): {expected}", seen == expected, (seen, *answers))


def covered_and_gone():
    for kind in ("CSRT", "KCF"):
        tracker, scores, covered, gone = started(kind, 40), set(), [], []
        for number in range(1, 140):
            x = 40 + 2 * number if number < 40 else 120 + 4 * max(0, number - 60)
            answer = tracker.update(frame(x, is_covered=40 <= number < 60))
            scores.add(tracker.getTrackingScore())
            if 40 <= number < 60:
                covered.append(answer)
            if x >= WIDTH:
                gone.append(answer)
            if number == 39:
                check(f"{kind} follows until it is covered", is_near(answer, x, 100), answer)
        check(f"{kind} score is -1 on all of 139 frames", scores == {-1.0}, scores)
        check(f"{kind} covered: (False, zeros)", all(one == LOST for one in covered), (len(covered), covered[-1]))
        check(f"{kind} gone: (False, zeros)", all(one == LOST for one in gone), (len(gone), gone[-1]))


def boxes():
    for kind in ("CSRT", "KCF"):
        for box, where in (((40.0, 100.0, 40.0, 40.0), "of floats"), ((400, 100, 40, 40), "beyond the frame")):
            try:
                started(kind, 40, box)
                seen = "taken"
            except cv2.error as error:
                seen = " ".join(str(error).split())[:110]
            check(f"{kind} box {where} raises cv2.error", seen != "taken", seen)
        _, (left, _, width, _) = answer = started(kind, 300, (300, 100, 40, 40)).update(frame(300))
        is_beyond = left + width > WIDTH
        what = "ends beyond" if kind == "CSRT" else "ends inside"
        check(f"{kind} box half beyond the frame: answer {what}", is_beyond == (kind == "CSRT"), answer)


print("Python", platform.python_version(), platform.machine(), "| cv2", cv2.__version__, "| numpy", np.__version__)
cv2.setNumThreads(1)
one_frame_without()
covered_and_gone()
boxes()
sys.exit(f"{len(failures)} otherwise than stated" if failures else 0)
PYTHON
"$folder/venv/bin/python" "$folder/check.py"
