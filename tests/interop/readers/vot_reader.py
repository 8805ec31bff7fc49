"""Prints the boxes of a sequence as the VOT toolkit has them. Argument: path. In the toolkit's environment."""

import json
import sys

from vot.dataset.common import read_sequence
from vot.region import RegionType

sequence = read_sequence(sys.argv[1])
boxes = []
for name in sequence.objects():
    tag = "occlusion" if name == "object" else f"occlusion_{name}"
    for index in range(len(sequence)):
        region = sequence.frame(index).object(name)
        if region.type is RegionType.RECTANGLE:
            is_occluded = tag in sequence.tags(index)
            numbers = (float(value) for value in (region.x, region.y, region.width, region.height))
            boxes.append([index, None if name == "object" else int(name), None, *numbers, is_occluded])
height, width, _ = sequence.frame(0).image("color").shape
said = {
    "frames": len(sequence),
    "width": width,
    "height": height,
    "fps": sequence.metadata("fps"),
}
sys.stdout.write("\n")
json.dump({"boxes": boxes, "said": {"sequence": said}}, sys.stdout)
