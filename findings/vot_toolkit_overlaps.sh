#!/usr/bin/env bash
# What the VOT toolkit's overlaps and long-term measures do with thin, cut and first regions.
#
# Of: vot-toolkit 0.7.4 with attributee 0.1.9 and numba, on Linux x86-64 with Python 3.11. Nothing of this repository
# is run.
#
# Seen there, and checked below (exit status 1 where something is otherwise):
#
#   1. Two regions that lie in one column of pixels (or one row) overlap by 1.0, whatever they cover: a box of 1 x 9 at
#      (5, 5) and one of 1 x 9 at (5, 60) have no pixel in common, and are taken for two empty ones.
#   2. A rectangle and a polygon with the same corners differ: Rectangle(10, 10, 20, 20) has 20 pixels in a row, the
#      polygon (10,10) (30,10) (30,30) (10,30) has 21. The overlap is 400 / 441 = 0.907. `convert` knows: it makes a
#      polygon that ends at 29.
#   3. Sides are rounded apart from corners: Rectangle(0.5, 0, 10, 10) begins at 0 and Rectangle(1.5, 0, 10, 10) at 2
#      (halves go to even numbers), so that boxes that are one pixel apart overlap by 8 / 12, not 9 / 11.
#   4. A perfect tracker has no long-term recall of 1: the first frame, where it was begun, counts with an overlap of 0
#      and a confidence of 0. Of 10 frames that are all right, precision is 1 above that confidence, recall 0.9.
#
# Usage: bash findings/vot_toolkit_overlaps.sh      (PYTHON=python3.12 chooses another; needs network; two minutes)
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check vot-toolkit==0.7.4 attributee==0.1.9

cat > "$folder/check.py" <<'PYTHON'
import sys

from vot.analysis.longterm import compute_tpr_curves
from vot.region import Special, calculate_overlap
from vot.region.shapes import Polygon, Rectangle

failures = []
SIZE = (100, 80)


def check(what, found, expected):
    is_same = abs(found - expected) < 1e-9
    print(f"{'ok  ' if is_same else 'CHANGED'} {what}: {found:.4f}")
    if not is_same:
        failures.append(what)


def overlap(one, other):
    return calculate_overlap(one, other, SIZE)


check("two thin boxes in one column, apart", overlap(Rectangle(5, 5, 1, 9), Rectangle(5, 60, 1, 9)), 1.0)
check("the same, two pixels wide", overlap(Rectangle(5, 5, 2, 9), Rectangle(5, 60, 2, 9)), 0.0)
box = Rectangle(10, 10, 20, 20)
corners = Polygon([(10, 10), (30, 10), (30, 30), (10, 30)])
check("a rectangle and the polygon of its corners", overlap(box, corners), 400 / 441)
check("a rectangle and what it converts to", overlap(box, Polygon([(10, 10), (29, 10), (29, 29), (10, 29)])), 1.0)
check("boxes one pixel apart, at halves", overlap(Rectangle(0.5, 0, 10, 10), Rectangle(1.5, 0, 10, 10)), 8 / 12)


class Sequence:
    """As much of one as the measure asks for."""

    size = SIZE

    def groundtruth(self):
        return [box] * 10


trajectory, confidences = [Special(1), *[box] * 9], [0, *[0.9] * 9]
(precision, *_), (recall, *_) = compute_tpr_curves(trajectory, confidences, Sequence(), [0.5])
check("long-term precision of a perfect tracker", precision, 1.0)
check("its recall", recall, 0.9)
sys.exit(1 if failures else 0)
PYTHON

"$folder/venv/bin/python" "$folder/check.py"
