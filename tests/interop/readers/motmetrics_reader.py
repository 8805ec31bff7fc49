"""Prints the boxes of a MOT sequence as motmetrics has them, and its scores of them against themselves.

Argument: the folder of the sequence. Runs in the environment of motmetrics.
"""

import json
import sys
from pathlib import Path

import motmetrics

sequence = Path(sys.argv[1]) / "gt"
names = dict(enumerate((sequence / "labels.txt").read_text("utf-8").splitlines(), 1))
truth = motmetrics.io.loadtxt(sequence / "gt.txt", fmt="mot16", min_confidence=1)
boxes = [
    [frame, own, names[int(row.ClassId)], row.X, row.Y, row.Width, row.Height, row.Visibility < 1]
    for (frame, own), row in zip(truth.index.tolist(), truth.itertuples(), strict=True)
]
found = motmetrics.utils.compare_to_groundtruth(truth, truth, "iou", distth=0.5)
scores = motmetrics.metrics.create().compute(found, metrics=["mota", "idf1"]).iloc[0]
sys.stdout.write("\n")
json.dump({"boxes": boxes, "said": {"self": {"MOTA": float(scores.mota), "IDF1": float(scores.idf1)}}}, sys.stdout)
