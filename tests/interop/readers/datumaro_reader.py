"""Prints the boxes of a data set as datumaro has them.

Arguments: datumaro's name of the format, path, options as JSON. Runs in datumaro's environment.
"""

import json
import re
import sys

from datumaro.components.annotation import AnnotationType
from datumaro.components.dataset import Dataset

name, path, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
dataset = Dataset.import_from(path, name, **options)
labels = dataset.categories()[AnnotationType.label]
boxes, image_count = [], 0
for item in dataset:
    frame = int(re.search(r"(\d+)$", str(item.id)).group(1))
    image_count += item.media is not None and item.media.has_data
    for each in item.annotations:
        if each.type is AnnotationType.bbox and not each.attributes.get("outside", False):
            label = None if each.label is None else labels[each.label].name
            said = each.attributes
            boxes.append([frame, said.get("track_id"), label, *map(float, each.get_bbox()), said.get("occluded")])
sys.stdout.write("\n")
json.dump({"boxes": boxes, "said": {"items": {"images": image_count}}}, sys.stdout)
