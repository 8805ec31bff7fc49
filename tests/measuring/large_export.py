"""What exports of a large project take: `python -m tests.measuring.large_export PROJECT OUT --formats csv,mot`.

Each format runs in a process of its own: seconds of opening and of the export (write, read back, compare, receipt,
into place), CPU time of the export, the longest CPU time without asking whether to go on, and the most memory over
what the process had before it opened the project. What is written goes into OUT, and is removed again.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

from dlst_gui.api import Watch, open_project
from dlst_gui.exchange.errors import ExportError
from dlst_gui.formats.registry import FORMATS, format_named

_MIB = 1024 * 1024


def main(arguments: list[str]) -> None:
    """Print a row for each format."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--formats", default=",".join(each.name for each in FORMATS))
    parser.add_argument("--limit-s", type=float, default=600.0, help="of each format; it is then ended")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        _measure(options.project, options.out, options.one)
        return
    say("| format | open, s | export, s | CPU, s | silence, CPU s | memory, MiB |\n|---|---|---|---|---|---|")
    for name in options.formats.split(","):
        say(f"| {name} | {_row(options.project, options.out, name, options.limit_s)} |")


def _row(project: Path, out: Path, name: str, limit_s: float) -> str:
    command = [sys.executable, __file__, str(project), str(out), "--one", name]
    folder = out / name
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit_s, check=False)
    except subprocess.TimeoutExpired:
        return f"| not done in {limit_s:.0f} | | |"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if done.returncode:
        return f"| failed: {(done.stderr.strip().splitlines() or ['?'])[-1]} | | |"
    row = json.loads(done.stdout.splitlines()[-1])
    numbers = (row["open_s"], row["export_s"], row["cpu_s"])
    return f"{' | '.join(f'{each:.1f}' for each in numbers)} | {row['silence_s']:.2f} | {row['peak_mib']:.0f}"


def _measure(project: Path, out: Path, name: str) -> None:
    """One format, in a process that does nothing else; the longest time without asking whether to go on, too."""
    asked = [0.0]
    longest = [0.0]

    def should_cancel() -> bool:
        now_s = time.process_time()
        longest[0] = max(longest[0], now_s - asked[0])
        asked[0] = now_s
        return False

    before_mib = _peak_mib()
    begin_s = time.monotonic()
    with open_project(project) as opened:
        opened_s = time.monotonic()
        cpu_s = asked[0] = time.process_time()
        try:
            target = out / name / f"labels{format_named(name).suffix}"
            opened.export(name, target, watch=Watch(should_cancel=should_cancel))
        except ExportError as error:
            sys.exit(str(error))
    end_s = time.monotonic()
    row = {
        "open_s": opened_s - begin_s,
        "export_s": end_s - opened_s,
        "cpu_s": time.process_time() - cpu_s,
        "silence_s": max(longest[0], time.process_time() - asked[0]),
        "peak_mib": _peak_mib() - before_mib,
    }
    say(json.dumps(row))


def say(line: str) -> None:
    """A line on stdout, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / _MIB


if __name__ == "__main__":
    main(sys.argv[1:])
