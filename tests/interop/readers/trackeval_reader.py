"""Prints the boxes of MOT or TAO files as TrackEval has them, and its scores. Arguments: a folder; `mot` or `tao`.

In the folder are `gt/<sequence>` and `trackers/<name>/data/<sequence>.txt` for MOT; for TAO `gt/tao.json` alone,
whose boxes become the results of a tracker `self`. Runs in TrackEval's environment.
"""

import json
import sys
from pathlib import Path

import numpy as np
import trackeval

root, kind = Path(sys.argv[1]), sys.argv[2]
folders = {"GT_FOLDER": str(root / "gt"), "TRACKERS_FOLDER": str(root / "trackers"), "PRINT_CONFIG": False}
if kind == "tao":
    truth = json.loads((root / "gt" / "tao.json").read_text("utf-8"))
    keys = ("image_id", "video_id", "track_id", "category_id", "bbox")
    results = [{key: each[key] for key in keys} | {"score": 1.0} for each in truth["annotations"]]
    (root / "trackers" / "self" / "data").mkdir(parents=True, exist_ok=True)
    (root / "trackers" / "self" / "data" / "tao.json").write_text(json.dumps(results), "utf-8")
    names = {each["id"]: each["name"] for each in truth["categories"]}
    frames = sorted(each["frame_index"] for each in truth["images"])
    dataset = trackeval.datasets.TAO({**folders, "SPLIT_TO_EVAL": "training"})
else:
    sequences = [each.name for each in (root / "gt").iterdir()]
    names = dict(enumerate((root / "gt" / sequences[0] / "gt" / "labels.txt").read_text("utf-8").splitlines(), 1))
    # MOT15 is the benchmark without classes; those of the others are pedestrians and what lies about them.
    config = {"SKIP_SPLIT_FOL": True, "BENCHMARK": "MOT15", "DO_PREPROC": False}
    dataset = trackeval.datasets.MotChallenge2DBox({**folders, **config, "SEQ_INFO": dict.fromkeys(sequences)})

metrics = [
    trackeval.metrics.HOTA(),
    trackeval.metrics.CLEAR({"PRINT_CONFIG": False}),
    trackeval.metrics.Identity(),
]
boxes, said = [], {}
for tracker in sorted(dataset.tracker_list):
    (sequence,) = dataset.seq_list
    raw = dataset.get_raw_seq_data(tracker, sequence)
    if not boxes:
        for index in range(raw["num_timesteps"]):
            rows = zip(raw["gt_ids"][index], raw["gt_classes"][index], raw["gt_dets"][index], strict=True)
            frame = index + 1 if kind == "mot" else frames[index]
            boxes += [[frame, int(own), names[int(label)], *map(float, box), None] for own, label, box in rows]
    per_class = {}
    for name in dataset.class_list:
        data = dataset.get_preprocessed_seq_data(raw, name)
        found = {key: float(np.mean(value)) for each in metrics for key, value in each.eval_sequence(data).items()}
        per_class[name] = {
            key: found[key] for key in ("HOTA", "DetA", "AssA", "MOTA", "MOTP", "IDF1", "IDSW", "CLR_FN")
        }
    said[tracker] = {
        key: float(np.mean([each[key] for each in per_class.values()])) for key in next(iter(per_class.values()))
    }
sys.stdout.write("\n")
json.dump({"boxes": boxes, "said": said}, sys.stdout)
