"""Does the failure card guess the cause that the truth tells? `python -m tests.measuring.failure_card SEQUENCES`.

Every system tracks every sequence once and is never corrected; what it saw is kept under `--out`, so that a second
call only counts. Counted are frames that overlap the truth by less than .5 or are called lost. Runs of every K-th
frame, and from a first box that is moved and grown by a fifth, fail more often: they are told apart.
"""

from __future__ import annotations

import sys

from dlst_gui.tracking.allocator import prepare_for_torch
from dlst_gui.tracking.devices import cpu_threads
from tests.measuring.failure_card.agreement import JudgedRow, judged_rows
from tests.measuring.failure_card.report import report
from tests.measuring.recording import Start, parser_of_runs, read, recorded_runs


def main(arguments: list[str]) -> None:
    parser = parser_of_runs(__doc__)
    parser.add_argument("--tune", action="store_true", help="tune the rule again without each sequence")
    options = parser.parse_args(arguments)
    rows: dict[str, list[JudgedRow]] = {}
    for run in recorded_runs(options):
        system = f"{run.settings.preset} {run.settings.speed}"
        rows.setdefault(run.start.name, []).extend(judged_rows(run.name, system, read(run.path)))
    names = [sequence.stem for sequence in options.sequences]
    lines = [
        line
        for start, part in rows.items()
        for line in report(start, part, names, tunes=options.tune and start == Start().name)
    ]
    text = "\n".join(lines) + "\n"
    (options.out / "report.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    prepare_for_torch()
    with cpu_threads(1):
        main(sys.argv[1:])
