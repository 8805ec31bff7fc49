"""Tries one mutated file after the other, and says how each ended; killed and replaced when one ends badly."""

from __future__ import annotations

import json
import random
import shutil
import sys
import time
import traceback
import warnings
from pathlib import Path

from tests.fuzz.cases import KINDS, mutate, silence_native_libraries
from tests.fuzz.seeds import seeds_of


def main() -> None:
    """Read tasks `{"kind", "number"}` from stdin, a line each; answer each with one line."""
    seeds, scratch, seed = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    silence_native_libraries()
    warnings.simplefilter("ignore")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        task = json.loads(line)
        folder = scratch / "case"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        answer = tried(seeds, folder, task["kind"], random.Random(f"{seed} {task['kind']} {task['number']}"))
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def tried(seeds: Path, folder: Path, kind: str, rng: random.Random) -> dict[str, object]:
    """How one case ended: outcome, seconds, and the most memory it took over what was there, in MB."""
    seed = rng.choice(seeds_of(seeds, kind))
    made = mutate(seed, folder / "input", rng)
    _forget_peak()
    before = _peak_mb()
    begin = time.monotonic()
    try:
        outcome, is_right = KINDS[kind](made, seeds), True
    except Exception:  # what is looked for
        outcome, is_right = traceback.format_exc(limit=-6), False
    seconds = time.monotonic() - begin
    return {
        "seed": seed.name,
        "outcome": outcome,
        "is_right": is_right,
        "seconds": round(seconds, 2),
        "peak_mb": round(_peak_mb()),
        "grown_mb": round(_peak_mb() - before),
    }


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", "ascii")


def _peak_mb() -> float:
    """Largest resident size since `_forget_peak`."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    main()
