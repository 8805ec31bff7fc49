"""Times a large project in two checkouts: `python -m tests.measuring.large_project FOLDER --before FOLDER`.

FOLDER gets projects of five million boxes, about 1 GB; a table goes to stdout. Linux only: it reads /proc.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.large_project_steps import STEPS

HERE = Path(__file__).resolve().parents[2]
LIMIT_S = 600


def main(arguments: list[str]) -> None:
    """Write the projects, and the table as it comes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--before", type=Path, help="a checkout to compare with")
    parser.add_argument("--steps", nargs="+", choices=STEPS, default=list(STEPS))
    parser.add_argument("--frames", type=int, default=100_000)
    parser.add_argument("--objects", type=int, default=50)
    options = parser.parse_args(arguments)
    checkouts = {"after": HERE} if options.before is None else {"before": options.before, "after": HERE}
    sys.stdout.write(
        "| step | checkout | seconds | of the processor | peak MB over the start |\n|---|---|---|---|---|\n"
    )
    made = {
        name: _made(options.folder.resolve() / name, checkout, options) for name, checkout in checkouts.items()
    }
    for step in options.steps:
        for name, checkout in checkouts.items():
            sys.stdout.write("".join(_measured(step, name, checkout, made[name])))
            sys.stdout.flush()


def _made(folder: Path, checkout: Path, options: argparse.Namespace) -> Path:
    """A project as this checkout writes it."""
    folder.mkdir(parents=True, exist_ok=True)
    size = ["--frames", str(options.frames), "--objects", str(options.objects)]
    _run([str(HERE / "tests" / "large_project.py"), str(folder / "large.dlst"), *size], checkout)
    return folder / "large.dlst"


def _measured(step: str, name: str, checkout: Path, project: Path) -> list[str]:
    copy = project.with_name("work.dlst")
    for path, source in ((copy, project), (copy.with_suffix(".mp4"), project.with_suffix(".mp4"))):
        shutil.copyfile(source, path)
    try:
        said = _run([str(HERE / "tests" / "large_project_steps.py"), step, str(copy)], checkout)
    except subprocess.TimeoutExpired:
        return [f"| {step} | {name} | not done in {LIMIT_S} | | |\n"]
    rows = json.loads(said.splitlines()[-1])
    return [f"| {what} | {name} | {s:.2f} | {cpu:.2f} | {mb:.0f} |\n" for what, s, cpu, mb in rows]


def _run(arguments: list[str], checkout: Path) -> str:
    # The checkout's own packages; what makes and times the project is from here.
    roots = os.pathsep.join((str(checkout), str(HERE)))
    environment = {**os.environ, "PYTHONPATH": roots}
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, cwd=checkout, env=environment, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main(sys.argv[1:])
