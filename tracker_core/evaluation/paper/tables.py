"""The paper's tables with our numbers beside the printed ones, as Markdown and LaTeX.

Printed numbers are over all sequences of a benchmark, ours over those that there are: every table says how many.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tracker_core.evaluation.otb import Curves
from tracker_core.evaluation.paper import printed
from tracker_core.evaluation.protocols.attribute_report import MEASURES, ByAttribute
from tracker_core.evaluation.protocols.vot.supervised import SupervisedMeasures
from tracker_core.evaluation.summary import TrackerResults

NOTHING = "-"


@dataclass(frozen=True, slots=True)
class PaperTable:
    """Text cells under a title; the first column is to the left."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> str:
        """As a table of Markdown."""
        rule = "|".join(("---", *["---:"] * (len(self.header) - 1)))
        lines = (f"| {' | '.join(row)} |" for row in self.rows)
        return "\n".join((f"**{self.title}**", "", f"| {' | '.join(self.header)} |", f"|{rule}|", *lines))

    def latex(self) -> str:
        """As a `table` of LaTeX with rules of the package booktabs."""
        body = "\n".join(f"{' & '.join(map(_escaped, row))} \\\\" for row in self.rows)
        head = " & ".join(map(_escaped, self.header))
        columns = f"l{'r' * (len(self.header) - 1)}"
        return (
            f"\\begin{{table}}\n\\caption{{{_escaped(self.title)}}}\n\\begin{{tabular}}{{{columns}}}\n\\toprule\n"
            f"{head} \\\\\n\\midrule\n{body}\n\\bottomrule\n\\end{{tabular}}\n\\end{{table}}"
        )


def _escaped(text: str) -> str:
    for special in "&%_#":
        text = text.replace(special, f"\\{special}")
    return text


def otb_tables(trackers: Sequence[TrackerResults], by: ByAttribute) -> list[PaperTable]:
    """Table 1 and the numbers of Figures 5 and 6, of trackers that finished a run."""
    trackers = [tracker for tracker in trackers if tracker.runs]
    if not trackers:
        return []
    tables = [
        _table_1(trackers, by, "DP", printed.DP),
        _table_1(trackers, by, "OS", printed.OS),
        _figure_5(trackers),
    ]
    held = [code for code in printed.FIGURE_6 if code in by.sequences]
    return [*tables, _figure_6(trackers, by, held)] if held else tables


def _table_1(
    trackers: Sequence[TrackerResults], by: ByAttribute, measure: str, values: Mapping[str, tuple[float, ...]]
) -> PaperTable:
    number = MEASURES[measure]
    counts = (len(by.sequences.get(code, ())) for code in printed.COLUMNS)
    rows: list[tuple[str, ...]] = [
        ("sequences here", str(max(len(tracker.sequences) for tracker in trackers)), *map(str, counts))
    ]
    of_name: dict[str | None, list[tuple[str, ...]]] = {}
    for tracker in trackers:
        of_name.setdefault(_paper_name(tracker), []).append(
            (f"{tracker.name}, here", *_cells(tracker, by, number))
        )
    for name, row in values.items():
        rows.append((f"{name}, printed", *(f"{value:.1f}" for value in row)))
        rows += of_name.get(name, [])  # a preset at both speeds has two
    rows += of_name.get(None, [])
    title = f"Table 1, {measure} (%), on OTB-2015 by attribute"
    return PaperTable(title, ("", "mean", *printed.COLUMNS), tuple(rows))


def _cells(tracker: TrackerResults, by: ByAttribute, number: Callable[[Curves], float]) -> list[str]:
    found = [by.curves(tracker, code) if code in by.sequences else None for code in printed.COLUMNS]
    return [
        f"{100 * number(curves):.1f}" if curves is not None else NOTHING for curves in (tracker.curves(), *found)
    ]


def _paper_name(tracker: TrackerResults) -> str | None:
    """Of a preset of Table 1 with everything in it; None of other trackers."""
    if tracker.settings.get("without"):
        return None
    return printed.NAMES.get(str(tracker.settings.get("preset")))


def _figure_5(trackers: Sequence[TrackerResults]) -> PaperTable:
    rows = []
    for benchmark in (printed.OTB_2013, printed.OTB_2015):
        rows.append((f"{benchmark.name}: DLST, printed", "all", f"{benchmark.auc:.1f}", f"{benchmark.dp:.1f}"))
        for tracker in trackers:
            part = tracker
            if benchmark is printed.OTB_2013:
                part = tracker.of_sequences(printed.OTB_2013_SEQUENCES)
            if part.runs:
                curves, count = part.curves(), str(len(part.sequences))
                rows.append((f"{tracker.name}, here", count, f"{100 * curves.auc:.1f}", f"{100 * curves.dp:.1f}"))
    return PaperTable(
        "Figure 5: area under the success curve and DP (%)", ("", "sequences", "AUC", "DP"), tuple(rows)
    )


def _figure_6(trackers: Sequence[TrackerResults], by: ByAttribute, held: Sequence[str]) -> PaperTable:
    rows = []
    for tracker in trackers:
        found = [by.curves(tracker, code) for code in held]
        for measure in ("AUC", "DP"):
            cells = (NOTHING if curves is None else f"{100 * MEASURES[measure](curves):.1f}" for curves in found)
            rows.append((f"{tracker.name}, {measure}", *cells))
    header = ("", *(f"{code} ({len(by.sequences[code])})" for code in held))
    return PaperTable(
        "Figure 6: by attribute (%); the paper has its numbers in pictures only", header, tuple(rows)
    )


def vot_table(trackers: Sequence[tuple[str, SupervisedMeasures]]) -> PaperTable:
    """Table 2."""
    rows = [
        (f"{row.name}, printed", "60", f"{row.eao:.3f}", f"{row.accuracy:.2f}", f"{row.failures:.2f}")
        for row in printed.TABLE_2
    ]
    rows += [
        (
            f"{name}, here",
            str(len(measures.sequences)),
            NOTHING if measures.eao is None else f"{measures.eao:.3f}",
            f"{measures.accuracy:.2f}",
            f"{measures.failures:.2f}",
        )
        for name, measures in trackers
    ]
    header = ("", "sequences", "EAO", "accuracy", "failures")
    return PaperTable("Table 2: VOT2016", header, tuple(rows))


def as_markdown(tables: Sequence[PaperTable]) -> str:
    """All tables as one text."""
    return "\n\n".join(table.markdown() for table in tables) + "\n"


def as_latex(tables: Sequence[PaperTable]) -> str:
    """All tables as one text to be included; it needs the package booktabs."""
    return "\n\n".join(table.latex() for table in tables) + "\n"
