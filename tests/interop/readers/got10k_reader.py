"""Prints the boxes of sequences as the GOT-10k toolkit has them. Argument: the folder of `val`.

Runs in the toolkit's environment.
"""

import json
import sys

from got10k.datasets import GOT10k

data = GOT10k(sys.argv[1], subset="val", return_meta=True)
boxes = []
for number, (images, rows, meta) in enumerate(data, start=1):
    assert len(images) == len(rows) == len(meta["absence"]) == len(meta["cover"]) == len(meta["cut_by_image"])
    for index, (row, absent, cover) in enumerate(zip(rows, meta["absence"], meta["cover"], strict=True)):
        if not absent:
            boxes.append([index, number, meta["object_class"], *map(float, row), bool(cover < 8)])
sys.stdout.write("\n")
json.dump({"boxes": boxes}, sys.stdout)
