#!/usr/bin/env bash
# What the loaders of motmetrics, the usual Python library for MOTA and IDF1, leave out of the files they are given.
#
# Of: motmetrics 1.4.0 with pandas 3.0.6 and numpy 1.26.4, on Linux x86-64 with Python 3.11. Input: made-up tracks of a
# few boxes, in VATIC's text format as motmetrics' own docstring lays it out and in MOTChallenge's. Nothing of this
# repository is run.
#
# Seen there, and checked below (exit status 1 where something is otherwise):
#
#   1. VATIC text with the label "race car": of its four boxes two are read, without an error. The lines of the other
#      two have become part of the label, because a label is cut at its blank and its quotation mark stays open up to
#      the next line's. With the label "racecar" all four are read.
#   2. Boxes that VATIC says are lost, out of sight, are compared like all others: a tracker that is right to show
#      nothing there has misses.
#   3. Results of MOTChallenge lose all rows with a confidence below -1, the default of `min_confidence`. A tracker whose
#      score is a logit has missed the boxes where it was least sure, and no others.
#   4. Classes are not compared: a person that is tracked as a car is a match, and MOTA is 1.
#
# Usage: bash findings/motmetrics_loaders.sh      (PYTHON=python3.12 chooses another; needs network; a minute)
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check motmetrics==1.4.0 pandas==3.0.6 numpy==1.26.4

cat > "$folder/check.py" <<'PYTHON'
import sys
from pathlib import Path

import motmetrics as mm

folder = Path(sys.argv[1])
failures = []


def check(what, is_so, seen):
    print("as stated" if is_so else "OTHERWISE", "|", what, "|", seen)
    if not is_so:
        failures.append(what)


def loaded(rows, layout, separator, **options):
    path = folder / "rows.txt"
    path.write_text("".join(separator.join(map(str, row)) + "\n" for row in rows))
    return mm.io.loadtxt(path, fmt=layout, **options)


def scores(truth, results):
    found = mm.utils.compare_to_groundtruth(truth, results, "iou", distth=0.5)
    return mm.metrics.create().compute(found, metrics=["num_misses", "num_false_positives", "mota"]).iloc[0].tolist()


def vatic(label, lost=()):
    rows = [(0, 10, 20, 50, 60, frame, int(frame in lost), 0, 0, f'"{label}"') for frame in range(4)]
    return loaded(rows, "vatic-txt", " ")


whole, cut = vatic("racecar"), vatic("race car")
check("1. four boxes without a blank", len(whole) == 4, len(whole))
check("1. two of four with one", len(cut) == 2, cut.index.get_level_values("FrameId").tolist())
label = str(cut["ClassId"].iloc[0])
check("1. a label that holds the next line", "\n" in label and "10 20 50 60" in label, repr(label))

lost = vatic("racecar", lost=(2, 3))
shown = lost[~lost["Lost"].astype(bool)]
check("2. misses where the object is lost", scores(lost, shown) == [2, 0, 0.5], scores(lost, shown))
check("2. none once these rows are dropped", scores(shown, shown) == [0, 0, 1], scores(shown, shown))


def mot(sureness, category=-1, **options):
    rows = [(frame, 1, 11, 21, 40, 40, sure, category, -1, -1) for frame, sure in enumerate(sureness, 1)]
    return loaded(rows, "mot15-2D", ",", **options)


sureness = (2.5, -0.5, -1.5, -3)
kept = mot(sureness)
check("3. of four rows two are kept", kept["Confidence"].tolist() == [2.5, -0.5], kept["Confidence"].tolist())
every = mot(sureness, min_confidence=float("-inf"))
check("3. all, with another min_confidence", len(every) == 4, len(every))
check("3. so the tracker misses them", scores(mot([1] * 4), kept) == [2, 0, 0.5], scores(mot([1] * 4), kept))

person, car = mot([1] * 4, category=1), mot([1] * 4, category=3)
check("4. a car for a person is right", scores(person, car) == [0, 0, 1], scores(person, car))
sys.exit(bool(failures))
PYTHON
"$folder/venv/bin/python" "$folder/check.py" "$folder"
