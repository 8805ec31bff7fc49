"""Labels a video through the real window, by mouse and keys on a virtual screen, and keeps pictures of it.

    python -m tests.e2e.mouse_session OUT_FOLDER [--size 1440x900] [--theme light] [--scale 2] [--source PATH]

It needs the Debian packages xvfb, openbox and xdotool. OUT_FOLDER, which must not exist or be empty, gets numbered
screenshots, `sheet.png` with all of them, `index.md`, and the project that was made. Ends with status 1 and a line
where a step did not take effect; what was photographed until then is there.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.e2e.mouse_session.eye import NotSeenError
from tests.e2e.mouse_session.project_truth import StepError
from tests.e2e.mouse_session.replay import Stage, default_source, replay
from tests.e2e.mouse_session.virtual_screen import MissingProgramError
from tests.e2e.mouse_session.window_program import Looks


def main(arguments: list[str]) -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.mouse_session", description="See the module.")
    parser.add_argument("out", type=Path, help="folder for the pictures and the project")
    parser.add_argument("--size", type=size, default=(1440, 900), help="of the screen (default: 1440x900)")
    parser.add_argument("--theme", choices=("dark", "light"), default="dark")
    parser.add_argument("--scale", type=float, default=1.0, help="QT_SCALE_FACTOR (default: 1)")
    parser.add_argument("--source", type=Path, help="video or sequence with ground truth")
    given = parser.parse_args(arguments)
    if given.out.is_dir() and any(given.out.iterdir()):
        parser.error(f"{given.out} is not empty; name a new folder")
    stage = Stage(given.out, given.size, Looks(given.theme, given.scale), given.source or default_source())
    try:
        replay(stage)
    except (StepError, NotSeenError, MissingProgramError) as error:
        print(f"after picture {stage.album.count}: {error}", file=sys.stderr)  # noqa: T201
        return 1
    print(f"{stage.album.count} pictures in {stage.out}; every step took effect, nothing was lost")  # noqa: T201
    return 0


def size(text: str) -> tuple[int, int]:
    """Of a screen, `1440x900`."""
    width, _, height = text.partition("x")
    return int(width), int(height)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
