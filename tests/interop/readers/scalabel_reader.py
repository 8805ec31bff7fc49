"""Prints the boxes of a file as scalabel has them, turned into edges by its own `box2d_to_xyxy`.

Argument: the file. Runs in scalabel's environment.
"""

import json
import sys

from scalabel.label.io import load
from scalabel.label.transforms import box2d_to_xyxy

boxes, sizes = [], []
data = load(sys.argv[1])
for frame in data.frames:
    for each in frame.labels or []:
        x1, y1, x2, y2 = box2d_to_xyxy(each.box2d)
        occluded = bool((each.attributes or {}).get("occluded"))
        boxes.append([frame.frameIndex, int(each.id), each.category, x1, y1, x2 - x1, y2 - y1, occluded])
sys.stdout.write("\n")
json.dump({"boxes": boxes, "said": {}}, sys.stdout)
