"""Prints the boxes of a COCO or TAO file as kwcoco has them. Argument: path. Runs in kwcoco's environment."""

import json
import re
import sys

import kwcoco

dataset = kwcoco.CocoDataset(sys.argv[1])
boxes = []
for image in dataset.images().objs:
    frame = image.get("frame_index")
    if frame is None:
        frame = int(re.search(r"(\d+)\.\w+$", image["file_name"]).group(1))
    for each in dataset.annots(image_id=image["id"]).objs:
        label = dataset.cats[each["category_id"]]["name"]
        boxes.append([frame, each["track_id"], label, *each["bbox"], None])
sys.stdout.write("\n")
json.dump({"boxes": boxes}, sys.stdout)
