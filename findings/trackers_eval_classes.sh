#!/usr/bin/env bash
# Which rows of a ground truth `trackers eval`, of Roboflow's trackers, evaluates.
#
# Of: trackers 2.6.1 with supervision 0.31.2 and numpy 2.4.6, on Linux x86-64 with Python 3.11. Input: made-up tracks,
# as MOTChallenge describes its files; each is evaluated against itself or with something left out. Nothing of this
# repository is run.
#
# Seen there, and checked below (exit status 1 where something is otherwise):
#
#   1. Rows whose class, the eighth column, is not 1 are no ground truth, whatever the classes are called. A tracker
#      that finds none of the objects of class 2 has MOTA, HOTA and IDF1 of 1. One that draws them is not heard either,
#      while class 3's are false positives: classes have the meaning they have in MOT17, and there is no setting.
#   2. MOT15's ground truth has -1 in that column. Evaluated against itself it has a MOTA and HOTA of 0: all its rows
#      are left out, and no error or warning says so.
#   3. Frames that count from 0 are read, but the first of them is not evaluated: what a tracker does there is all the
#      same.
#
# Usage: bash findings/trackers_eval_classes.sh      (PYTHON=python3.12 chooses another; needs network; minutes)
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check trackers==2.6.1 supervision==0.31.2 numpy==2.4.6

cat > "$folder/check.py" <<'PYTHON'
import sys
import warnings
from pathlib import Path

from trackers.eval import evaluate_mot_sequence

warnings.simplefilter("error")
folder = Path(sys.argv[1])
failures = []


def check(what, is_so, seen):
    print("as stated" if is_so else "OTHERWISE", "|", what, "|", seen)
    if not is_so:
        failures.append(what)


def made(name, classes, first_frame=1, skipped=(), end=",1"):
    """Objects far from each other; `classes` by number of the object."""
    path = folder / f"{name}.txt"
    frames = [frame for frame in range(first_frame, first_frame + 10) if frame not in skipped]
    rows = [f"{t},{n},{50 * n + t},20,40,30,1,{kind}{end}\n" for t in frames for n, kind in classes.items()]
    path.write_text("".join(rows))
    return path


def scores(truth, results):
    found = evaluate_mot_sequence(truth, results, metrics=["CLEAR", "HOTA", "Identity"])
    clear = found.CLEAR
    measures = [round(value, 3) for value in (clear.MOTA, found.HOTA.HOTA, found.Identity.IDF1)]
    return measures, [clear.CLR_TP, clear.CLR_FN, clear.CLR_FP]


perfect = [1, 1, 1]
one, both = made("one", {1: -1}, end=",-1,-1"), made("both", {1: -1, 2: -1}, end=",-1,-1")
with_second = made("second", {1: 1, 2: 2})
found = scores(with_second, one)
check("1. nothing found of class 2", found == (perfect, [10, 0, 0]), found)
found = scores(with_second, both)
check("1. all found of class 2", found == (perfect, [10, 0, 0]), found)
found = scores(made("third", {1: 1, 2: 3}), both)
check("1. all found of class 3", found[1] == [10, 0, 10], found)

found = scores(both, both)
check("2. MOT15 against itself", found == ([0, 0, 0], [0, 0, 20]), found)
found = scores(made("ones", {1: 1, 2: 1}), both)
check("2. the same with the class 1", found == (perfect, [20, 0, 0]), found)

zero = made("zero", {1: 1}, first_frame=0)
found = scores(zero, made("late", {1: 1}, first_frame=0, skipped=(0,)))
check("3. nothing found on frame 0", found == (perfect, [9, 0, 0]), found)
sys.exit(bool(failures))
PYTHON
"$folder/venv/bin/python" "$folder/check.py" "$folder"
