"""Prints the boxes of a COCO file as pycocotools has them. Argument: path. Runs in pycocotools' environment."""

import json
import re
import sys

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

coco = COCO(sys.argv[1])
boxes = []
for image_id in coco.getImgIds():
    (image,) = coco.loadImgs(image_id)
    frame = int(re.search(r"(\d+)\.\w+$", image["file_name"]).group(1))
    for each in coco.loadAnns(coco.getAnnIds(imgIds=[image_id])):
        (category,) = coco.loadCats(each["category_id"])
        said = each["attributes"]
        boxes.append([frame, said["track_id"], category["name"], *each["bbox"], said["occluded"]])

# The labels evaluated against themselves.
anns = coco.loadAnns(coco.getAnnIds())
results = coco.loadRes(
    [{key: each[key] for key in ("image_id", "category_id", "bbox")} | {"score": 1.0} for each in anns]
)
evaluation = COCOeval(coco, results, "bbox")
evaluation.evaluate()
evaluation.accumulate()
evaluation.summarize()
sys.stdout.write("\n")
json.dump({"boxes": boxes, "said": {"self": {"AP": evaluation.stats[0]}}}, sys.stdout)
