"""What was tracked as pages for a browser: a picture of each video, its objects, and the spans to look at first.

One file per page, that loads nothing but the pictures beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dlst_gui.batch.ledger import Entry
from dlst_gui.batch.picture_strip import TILE_HEIGHT, TILE_WIDTH
from dlst_gui.counting import counted

FOLDER = "report"
PER_PAGE = 50
"""Ours: videos of one page; each has a picture of some 60 KB."""
FAILURES_SHOWN = 200

_STYLE = f"""
:root {{ color-scheme: light dark; --line: #8884; --faint: #666; --bar: #d55e00; }}
@media (prefers-color-scheme: dark) {{ :root {{ --faint: #aaa; }} }}
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }}
h1 {{ font-size: 1.6rem; margin: 0 0 .25rem; }} h2 {{ font-size: 1.15rem; margin: 0; overflow-wrap: anywhere; }}
header {{ max-width: 45rem; }}
.faint {{ color: var(--faint); }} .time {{ white-space: nowrap; }}
.problem {{ border-left: 4px solid var(--bar); padding-left: .75rem; }}
section {{ border-top: 1px solid var(--line); padding: 1.25rem 0; display: grid; gap: 1rem;
  grid-template-columns: {TILE_WIDTH}px 1fr; }}
.tile {{ width: {TILE_WIDTH}px; height: {TILE_HEIGHT}px; background-repeat: no-repeat; border-radius: 4px; }}
table {{ border-collapse: collapse; margin: .5rem 0; }}
td, th {{ padding: .1rem .9rem .1rem 0; text-align: right; white-space: nowrap; }}
section > div {{ min-width: 0; overflow-x: auto; }}
td:first-child, th:first-child {{ text-align: left; }} th {{ font-weight: 600; color: var(--faint); }}
.spans {{ grid-column: 1 / -1; display: flex; flex-wrap: wrap; gap: .75rem; }}
figure {{ margin: 0; width: {TILE_WIDTH}px; }}
figcaption {{ font-size: 13px; line-height: 1.35; margin-top: .25rem; }}
nav a, nav b {{ margin-right: .75rem; }}
@media (max-width: 52rem) {{ section {{ grid-template-columns: 1fr; }} }}
"""


def page_name(number: int) -> str:
    """Of a page's file, the first is 0."""
    return "index.html" if not number else f"page-{number + 1}.html"


def report_page(
    entries: Sequence[Entry], failed: Sequence[Entry], totals: Mapping[str, float], *, number: int, pages: int
) -> bytes:
    """One page.

    Args:
        entries: of the videos on it, each with its report.
        failed: videos without a project; told on the first page.
        totals: "videos", "objects", "frames", "review_s" of all pages.
        number: of the page, from 0.
        pages: how many there are.
    """
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width, initial-scale=1'>",
        f"<title>Batch report</title><style>{_STYLE}</style></head><body><header><h1>Batch report</h1>",
        f"<p>{escape(_totals(totals))}<br><span class='faint'>The videos that need the longest look come first. "
        "Below each are the spans most likely to be wrong, the worst first. To review a project, open it in DLST "
        "Studio.</span></p></header>",
    ]
    if number == 0 and failed:
        parts += _failures(failed)
    links = _links(number, pages) if pages > 1 else ""
    parts += [links, *map(_video, entries), links, "</body></html>\n"]
    return "".join(parts).encode("utf-8", "replace")


def _totals(totals: Mapping[str, float]) -> str:
    videos, objects, frames = (int(totals[name]) for name in ("videos", "objects", "frames"))
    review = f"about {_time(totals['review_s'])}" if totals["review_s"] else "nothing"
    return (
        f"{counted(videos, 'video')}, {counted(objects, 'object')}, {counted(frames, 'tracked frame')}; "
        f"{review} to review"
    )


def _failures(failed: Sequence[Entry]) -> list[str]:
    shown = [f"<li><b>{escape(entry.name)}</b>: {escape(entry.problem)}</li>" for entry in failed[:FAILURES_SHOWN]]
    more = len(failed) - len(shown)
    rest = f"<li>and {more:,} more, in summary.csv</li>" if more else ""
    heading = f"{counted(len(failed), 'video')} could not be tracked"
    return [f"<div class='problem'><h2>{heading}</h2><ul>", *shown, f"{rest}</ul></div>"]


def _links(number: int, pages: int) -> str:
    each = [
        f"<b>{page + 1}</b>" if page == number else f"<a href='{page_name(page)}'>{page + 1}</a>"
        for page in range(pages)
    ]
    return f"<nav>Page {''.join(each)}</nav>"


def _video(entry: Entry) -> str:
    report: Mapping[str, Any] = entry.report or {}
    picture = f"pictures/{_quoted(entry.name)}.jpg"
    place = str(report["project"])
    href = Path(place).as_uri() if Path(place).is_absolute() else f"../{_quoted(place)}"
    told = "".join(f"<p class='problem'>{escape(text)}</p>" for text in (entry.problem, report["notice"]) if text)
    rows = "".join(map(_object, report["objects"]))
    spans = "".join(
        _span(each, number, picture, float(report["fps"])) for number, each in enumerate(report["worst"], start=1)
    )
    length = f"{counted(report['frame_count'], 'frame')}, {_time(report['frame_count'] / report['fps'])}"
    return (
        f"<section>{_tile(picture, 0, f'a frame of {entry.name}')}<div><h2>{escape(entry.name)}</h2>"
        f"<div class='faint'>{escape(str(report['video']))} · {length} · "
        f"<a href='{escape(href)}'>project</a></div>{told}<table><tr><th>object</th><th>frames</th><th>found</th>"
        "<th>lost spans</th><th>mean score</th><th>frames/s</th><th>to review</th></tr>"
        f"{rows}</table></div><div class='spans'>{spans or _nothing()}</div></section>"
    )


def _quoted(path: str) -> str:
    """For a link; names need not be UTF-8."""
    return quote(path, errors="surrogateescape")


def _nothing() -> str:
    return "<span class='faint'>No span looks wrong.</span>"


def _object(each: Mapping[str, Any]) -> str:
    found = each["found"] / each["frames"] if each["frames"] else 0
    cells = (
        f"{each['label']} {each['track_id']}",
        f"{each['frames']:,}",
        f"{found:.0%}" if each["frames"] else "",
        f"{each['lost_spans']:,}",
        _number(each["mean_score"]),
        _number(each["frames_per_s"]),
        f"{each['to_review']:,} ({_time(each['review_s'])})" if each["to_review"] else "nothing",
    )
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _span(each: Mapping[str, Any], number: int, picture: str, fps: float) -> str:
    first, last = each["first"], each["last"]
    frames = f"frame {first}" if first == last else f"frames {first} to {last}"
    tile = _tile(picture, number, f"frame {each['worst']}")
    what = f"{each['label']} {each['track_id']}, {frames}"
    return (
        f"<figure>{tile}<figcaption><b>{escape(each['reason'])}</b>, {each['suspicion']:.0%}<br>{escape(what)} "
        f"<span class='faint time'>(from {_time(first / fps)})</span></figcaption></figure>"
    )


def _tile(picture: str, number: int, what: str) -> str:
    """One of the tiles of a strip, from 0."""
    style = f"background-image:url('{picture}');background-position:-{number * TILE_WIDTH}px 0"
    return f"<div class='tile' role='img' aria-label='{escape(what)}' style=\"{style}\"></div>"


def _number(value: float) -> str:
    return "" if value != value else f"{value:.1f}"  # noqa: PLR0124 - not a number


def _time(seconds: float) -> str:
    """As people say it: 8.4 s, 3:05 min, 2:10 h."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02d} h"
