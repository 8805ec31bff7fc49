#!/usr/bin/env bash
# What the GOT-10k toolkit's IoU does to the arrays it is given, and where it cuts boxes off.
#
# Of: got10k 0.1.3 with numpy 2.4.6 and shapely, on Linux x86-64 with Python 3.11. Nothing of this repository is run.
#
# Seen there, and checked below (exit status 1 where something is otherwise):
#
#   1. `rect_iou(rects1, rects2, bound=...)` writes the cut-off boxes into both arrays: the caller's results and
#      ground truth are other ones afterwards. What is computed of them next, such as a centre error, is of cut boxes.
#   2. It cuts at 0 and at the image's width, though GOT-10k's files count pixels from 1: a box (1, 1, 100, 80) that
#      covers an image of 100 x 80 loses its last column and row, and so has 99 x 79.
#   3. The IoU of a box without area with itself is 0, and a NaN is passed on.
#
# Usage: bash findings/got10k_rect_iou.sh      (PYTHON=python3.12 chooses another; needs network; a minute)
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check got10k==0.1.3 six numpy==2.4.6

cat > "$folder/check.py" <<'PYTHON'
import sys

import numpy as np
from got10k.utils.metrics import rect_iou

failures = []


def check(what, is_so, found):
    print(f"{'ok  ' if is_so else 'CHANGED'} {what}: {found}")
    if not is_so:
        failures.append(what)


results = np.array([[90.0, 10, 40, 20]])
truth = np.array([[-5.0, 10, 40, 20]])
rect_iou(results, truth, bound=(100, 80))
check("the results are cut off in place", results.tolist() == [[90, 10, 10, 20]], results.tolist())
check("so is the ground truth", truth.tolist() == [[0, 10, 40, 20]], truth.tolist())
whole = np.array([[1.0, 1, 100, 80]])
rect_iou(whole, whole.copy(), bound=(100, 80))
check("the whole image loses a column and a row", whole.tolist() == [[1, 1, 99, 79]], whole.tolist())
empty = np.array([[5.0, 5, 0, 10]])
check("a box without area", rect_iou(empty, empty.copy()).tolist() == [0], rect_iou(empty, empty.copy()))
nothing = np.array([[np.nan, 5, 10, 10]])
check("NaN", np.isnan(rect_iou(nothing, truth)).all(), rect_iou(nothing, truth))
sys.exit(1 if failures else 0)
PYTHON

"$folder/venv/bin/python" "$folder/check.py"
