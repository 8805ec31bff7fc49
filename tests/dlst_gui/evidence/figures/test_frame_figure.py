"""The figure as a reader of a paper sees it: sizes, words, marks, bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from xml.etree import ElementTree

import matplotlib as mpl
import matplotlib.style
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from dlst_gui.evidence.figures.frame_figure import FigureFormat, FigureOptions, View, draw, figure_bytes
from dlst_gui.evidence.figures.looks import ORIGINS, STYLE
from dlst_gui.evidence.figures.page import Panel, Width, layout
from dlst_gui.evidence.figures.subject import Picture, Subject
from tracker_core import Box, CandidateOrigin, Candidates, Diagnostics, RatedProposals, ResponseMap

WIDTH, HEIGHT = 320, 240
PREVIOUS = Box(100.0, 80.0, 40.0, 50.0)
PT_PER_MM = 72 / 25.4


def candidates(*, origins: tuple[CandidateOrigin, ...] = tuple(CandidateOrigin), each: int = 20) -> Candidates:
    rng = np.random.default_rng(3)
    count = each * len(origins)
    boxes = np.tile(PREVIOUS.xywh, (count, 1))
    boxes[:, :2] += rng.normal(0, 12, (count, 2))
    scores = rng.normal(-3, 2, count).astype(np.float32)
    best = np.argsort(-scores)[:5].astype(np.int64)
    is_exact = np.arange(count) % 3 == 0
    return Candidates(boxes, np.repeat(np.array(origins, np.uint8), each), scores, best, is_exact)


def seen(**changes: object) -> Diagnostics:
    rows, columns = np.mgrid[0:30, 0:40]
    values = (6 - np.hypot(rows - 12, columns - 25)).astype(np.float32)
    return replace(
        Diagnostics(
            previous_box=PREVIOUS,
            search_region=Box(30.0, -20.0, 180.0, 200.0),
            response_map=ResponseMap(values, Box(40.0, -10.0, 160.0, 180.0)),
            localized_box=PREVIOUS.shifted(18, 3),
            candidates=candidates(),
            chosen_box=PREVIOUS.shifted(6, -2),
            regressed_box=PREVIOUS.shifted(6, -4),
            matched_box=PREVIOUS.shifted(-14, 6),
            guided_box=PREVIOUS.shifted(3, 15),
        ),
        **changes,
    )


def subject(diagnostics: Diagnostics | None = None, **changes: object) -> Subject:
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    made = Subject(
        seen=seen() if diagnostics is None else diagnostics,
        picture=Picture.of_frame(pixels),
        title=(
            "street.mp4",
            "object 1: dog",
            "frame 30",
            "1.001 s",
            "dlst-studio fast +fear-xs",
            "score \u22121.06",
        ),
        result_box=PREVIOUS.shifted(6, -4),
        score=-1.06,
        true_box=PREVIOUS.shifted(-3, 7),
    )
    return replace(made, **changes)


NOTHING = seen(
    search_region=None,
    response_map=None,
    localized_box=None,
    matched_box=None,
    guided_box=None,
    regressed_box=None,
    candidates=candidates(origins=(CandidateOrigin.PREVIOUS,), each=1),
)
SUBJECTS = {
    "everything": subject(),
    "paper's": subject(
        seen(
            matched_box=None,
            guided_box=None,
            candidates=candidates(origins=(CandidateOrigin.PREVIOUS, CandidateOrigin.LOCALIZED)),
        )
    ),
    "no localiser": subject(NOTHING, true_box=None, picture=None),
    "long names": subject(title=("a" * 200, "object 12: " + "w" * 80)),
    "manual": subject(manual_box=PREVIOUS.shifted(6, -4), score=12.5),
}


@pytest.fixture(autouse=True)
def _our_style() -> Iterator[None]:
    with matplotlib.style.context(["default", dict(STYLE)]):
        yield


def laid_out(figure: Figure) -> list[tuple[str, Bbox]]:
    """Every text that can be read, with where it lies, in pixels of the drawn figure."""
    canvas = FigureCanvasAgg(figure)
    figure.set_dpi(300)
    figure.draw_without_rendering()
    beyond = {id(text) for axes in figure.axes for text in labels_beyond(axes)}
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    texts = [text for text in texts if id(text) not in beyond]
    boxes = [(text.get_text(), text.get_window_extent(canvas.get_renderer())) for text in texts]
    return [(text, box) for text, box in boxes if box.width > 1]


def labels_beyond(axes: Axes) -> Iterator[Text]:
    """Numbers of ticks that lie outside of the axes: matplotlib makes them, and does not draw them."""
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        for tick in axis.get_major_ticks():
            if not low - 1e-9 <= tick.get_loc() <= high + 1e-9:
                yield from (tick.label1, tick.label2)


@pytest.mark.parametrize("width", Width)
@pytest.mark.parametrize("name", SUBJECTS)
def test_words_when_any_figure_is_drawn_then_none_is_cut_off_and_no_two_overlap(name: str, width: Width) -> None:
    for panels in (tuple(Panel), (Panel.SCORES,), (Panel.CANDIDATES, Panel.SCORES), (Panel.PICTURE,)):
        figure = draw(SUBJECTS[name], FigureOptions(panels, width))
        words = laid_out(figure)
        assert words
        page = figure.bbox
        for text, box in words:
            assert box.x0 >= page.x0 - 1, text
            assert box.x1 <= page.x1 + 1, text
            assert box.y0 >= page.y0 - 1, text
            assert box.y1 <= page.y1 + 1, text
        for (one, first), (other, second) in combinations(words, 2):
            overlap = Bbox.intersection(first, second)
            assert overlap is None or min(overlap.width, overlap.height) < 2, (one, other, panels)


@pytest.mark.parametrize(("width", "millimetres"), [(Width.ONE_COLUMN, 84), (Width.TWO_COLUMNS, 174)])
def test_size_when_written_then_it_is_that_of_the_columns(width: Width, millimetres: float) -> None:
    svg = ElementTree.fromstring(figure_bytes(subject(), FigureOptions(width=width), FigureFormat.SVG))
    assert float(svg.attrib["width"].removesuffix("pt")) == pytest.approx(millimetres * PT_PER_MM, abs=0.01)
    png = figure_bytes(subject(), FigureOptions(width=width, dpi=254), FigureFormat.PNG)
    assert int.from_bytes(png[16:20]) == millimetres * 10


@pytest.mark.parametrize("file_format", FigureFormat)
def test_bytes_when_made_twice_then_equal_whatever_style_a_user_has(file_format: FigureFormat) -> None:
    first = figure_bytes(subject(), FigureOptions(dpi=100), file_format)
    with mpl.rc_context({"font.size": 20, "lines.linewidth": 9, "savefig.facecolor": "red", "svg.hashsalt": None}):
        second = figure_bytes(subject(), FigureOptions(dpi=100), file_format)
    assert first == second
    assert b"20" + b"26-" not in first


def test_svg_when_written_then_words_are_words_and_marks_are_vectors() -> None:
    svg = figure_bytes(subject(), FigureOptions(), FigureFormat.SVG).decode()
    words = {
        "".join(text.itertext()).strip()
        for text in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    }
    assert {"search region", "localised box", "response, log-odds (line: 0)", "candidate, guided"} <= words
    pictures = svg.count("<image")
    assert pictures == 4  # the frame twice, response map, colour bar
    assert "DejaVu Sans" in svg
    assert "sans-serif" in svg


def test_svg_when_the_picture_is_a_part_then_the_rest_of_the_frame_is_not_in_the_file() -> None:
    figure = draw(subject(), FigureOptions((Panel.CANDIDATES,)))
    (image,) = figure.axes[0].get_images()
    rows, columns = image.get_array().shape[:2]
    assert rows < HEIGHT / 2
    assert columns < WIDTH / 2
    left, right, bottom, top = image.get_extent()
    assert (right - left, bottom - top) == (columns, rows)  # pixels of the frame stay where they are
    pixels = subject().picture.pixels[int(top) : int(bottom), int(left) : int(right)]
    assert np.array_equal(image.get_array(), pixels)


def test_picture_when_it_was_made_smaller_then_it_lies_where_it_was_cut_out() -> None:
    pixels = np.zeros((60, 80, 3), np.uint8)
    half = Picture(pixels, Box(60.0, 40.0, 160.0, 120.0))
    figure = draw(subject(picture=half), FigureOptions((Panel.PICTURE,), view=View.REGION))
    (image,) = figure.axes[0].get_images()
    left, right, bottom, top = image.get_extent()
    assert (left, bottom, top) == (60.0, 160.0, 40.0)
    assert right - left == 2 * image.get_array().shape[1]


def test_candidates_when_drawn_then_each_has_its_mark_where_it_lies() -> None:
    figure = draw(subject(), FigureOptions((Panel.CANDIDATES,)))
    places = candidates()
    centers = places.boxes_xywh[:, :2] + places.boxes_xywh[:, 2:] / 2
    marks = {look.marker: origin for origin, look in ORIGINS.items()}
    drawn = []
    for line in figure.axes[0].get_lines():
        if line.get_marker() in marks:
            is_exact = line.get_markerfacecolor() != "none"
            drawn += [(marks[line.get_marker()], is_exact, *point) for point in line.get_xydata()]
    expected = zip(places.origins, places.is_exact, *centers.T, strict=True)
    assert sorted(drawn) == sorted((CandidateOrigin(o), bool(e), x, y) for o, e, x, y in expected)
    outlines = sorted((*patch.get_xy(), patch.get_width(), patch.get_height()) for patch in figure.axes[0].patches)
    assert outlines == sorted(map(tuple, places.boxes_xywh[places.best].tolist()))


def test_scores_when_drawn_then_every_candidate_is_counted_once_in_the_row_of_its_origin() -> None:
    figure = draw(subject(), FigureOptions((Panel.SCORES,)))
    assert len(figure.axes) == len(CandidateOrigin)
    for axes, look in zip(figure.axes, ORIGINS.values(), strict=True):
        values, edges, _ = axes.patches[0].get_data()
        assert values.sum() == 20
        assert (edges[0], edges[-1]) == pytest.approx((candidates().scores.min(), candidates().scores.max()))
        assert axes.texts[0].get_text() == f"{look.name}, 20"
        assert axes.get_xlim()[0] < -1.06 < axes.get_xlim()[1]


def test_scores_when_the_answer_was_one_of_several_proposals_then_its_own_classifier_score_is_marked() -> None:
    rows = np.array([61, 70])
    rated = RatedProposals(rows, np.array([0.4, 0.9], np.float32), np.array([-1.0, -0.2], np.float32))
    figure = draw(subject(seen(proposals=rated)), FigureOptions((Panel.SCORES,)))
    (marked,) = [line.get_xdata()[0] for line in figure.axes[0].get_lines() if line.get_marker() == "v"]
    assert marked == pytest.approx(candidates().scores[70])
    (mean_of_best,) = [
        line.get_xdata()[0]
        for line in draw(subject(), FigureOptions((Panel.SCORES,))).axes[0].get_lines()
        if line.get_marker() == "v"
    ]
    assert mean_of_best == -1.06


def test_overlaps_when_drawn_then_every_candidate_is_counted_by_its_overlap_with_the_truth() -> None:
    truth = PREVIOUS.shifted(-3, 7)
    figure = draw(subject(), FigureOptions((Panel.OVERLAPS,)))
    for axes, origin in zip(figure.axes, ORIGINS, strict=True):
        counts, edges, _ = axes.patches[0].get_data()
        mine = [
            truth.iou(Box.from_xywh(box))
            for box, its in zip(candidates().boxes_xywh, candidates().origins, strict=True)
            if its == origin
        ]
        assert counts.tolist() == np.histogram(mine, edges)[0].tolist()
        assert (edges[0], edges[-1], len(edges)) == (0, 1, 21)
        assert axes.texts[1].get_text() == f"{sum(each >= 0.5 for each in mine)} ≥ .5"
    assert figure.axes[-1].get_xlabel() == "overlap (IoU) with\nthe ground truth"
    (mark,) = [line for line in figure.axes[0].get_lines() if line.get_marker() == "v"]
    assert mark.get_xdata()[0] == pytest.approx(truth.iou(PREVIOUS.shifted(6, -4)))


def test_overlaps_when_a_person_drew_the_box_then_it_judges_what_the_tracker_chose() -> None:
    manual = PREVIOUS.shifted(9, 1)
    figure = draw(subject(manual_box=manual, result_box=manual), FigureOptions((Panel.OVERLAPS,)))
    assert figure.axes[-1].get_xlabel() == "overlap (IoU) with\nthe manual box"
    (mark,) = [line for line in figure.axes[0].get_lines() if line.get_marker() == "v"]
    assert mark.get_xdata()[0] == pytest.approx(manual.iou(PREVIOUS.shifted(6, -2)))


def test_overlaps_when_nobody_has_said_where_the_object_is_then_the_figure_goes_without() -> None:
    without = subject(true_box=None)
    assert len(draw(without, FigureOptions()).axes) == len(draw(subject(), FigureOptions()).axes) - len(ORIGINS)
    with pytest.raises(ValueError, match="nobody has said where the object is"):
        draw(without, FigureOptions((Panel.OVERLAPS,)))


@pytest.mark.parametrize("width", Width)
def test_page_when_there_are_two_plots_then_nothing_lies_on_anything_else(width: Width) -> None:
    for rows in (1, 2, 5):
        for entries in (0, 6, 17):
            aspects = {Panel.PICTURE: 1.2, Panel.CANDIDATES: 0.6, Panel.RESPONSE: 1.7}
            page = layout(
                tuple(Panel), width, aspects=aspects, title_lines=1, legend_entries=entries, plot_rows=rows
            )
            assert page.color_bar is not None
            places = [*page.panels.values(), page.color_bar, *([page.legend] if entries else [])]
            for place in places:
                assert place.left >= 0
                assert place.left + place.width <= page.width + 1e-9
                assert place.top + place.height <= page.height + 1e-9
            for one, other in combinations(places, 2):
                is_beside = one.left + one.width <= other.left or other.left + other.width <= one.left
                is_below = one.top + one.height <= other.top or other.top + other.height <= one.top
                assert is_beside or is_below, (one, other)


@pytest.mark.parametrize("score", [-40.0, 40.0])
def test_scores_when_the_result_lies_far_off_then_it_is_on_the_axis(score: float) -> None:
    figure = draw(subject(score=score), FigureOptions((Panel.SCORES,)))
    left, right = figure.axes[0].get_xlim()
    assert left < min(score, 0) < max(score, 0) < right


def test_response_when_drawn_then_cells_lie_at_their_extent_and_the_contour_is_where_it_is_zero() -> None:
    figure = draw(subject(), FigureOptions((Panel.RESPONSE,)))
    axes = figure.axes[0]
    (image,) = axes.get_images()
    assert image.get_extent() == [40.0, 200.0, 170.0, -10.0]
    points = np.concatenate([path.vertices for path in axes.collections[0].get_paths()])
    peak_x, peak_y = 40 + 25.5 * 4, -10 + 12.5 * 6
    radii = np.hypot((points[:, 0] - peak_x) / 4, (points[:, 1] - peak_y) / 6)
    assert radii == pytest.approx(6.0, abs=0.15)


def test_response_when_it_is_nowhere_above_zero_then_there_is_no_contour() -> None:
    response = ResponseMap(np.full((3, 4), -2.0, np.float32), Box(0.0, 0.0, 40.0, 30.0))
    figure = draw(subject(seen(response_map=response)), FigureOptions((Panel.RESPONSE,)))
    assert not figure.axes[0].collections


def test_figure_when_the_tracker_has_no_localiser_then_it_goes_without_the_response() -> None:
    figure = draw(subject(NOTHING), FigureOptions())
    assert "response" not in " ".join(text for text, _ in laid_out(figure))
    with pytest.raises(ValueError, match="response map"):
        draw(subject(NOTHING), FigureOptions((Panel.RESPONSE,)))


def test_legend_when_drawn_then_it_names_what_is_there_and_nothing_else() -> None:
    everything = {text.get_text() for text in draw(subject(), FigureOptions()).legends[0].get_texts()}
    assert everything == {
        *("search region", "previous box", "localised box", "matched box", "guided box"),
        *("ground truth", "result", "chosen box", "response's peak", "result's score, IoU"),
        *(f"candidate, {look.name}" for look in ORIGINS.values()),
        *("score read from a map", "best 5, by origin"),
    }
    few = {text.get_text() for text in draw(SUBJECTS["no localiser"], FigureOptions()).legends[0].get_texts()}
    assert few == {
        "previous box",
        "result",
        "result's score",
        "candidate, previous",
        "best 1, by origin",
        "chosen box",
    }


def test_looks_when_compared_then_no_two_marks_share_a_colour_and_a_shape() -> None:
    looks = [(look.color, look.marker) for look in ORIGINS.values()]
    for one, other in combinations(looks, 2):
        assert one[0] != other[0]
        assert one[1] != other[1]


def test_view_when_the_whole_frame_is_wanted_then_all_of_it_is_shown() -> None:
    figure = draw(subject(), FigureOptions((Panel.PICTURE,), view=View.FRAME))
    assert figure.axes[0].get_xlim() == (0, WIDTH)
    assert figure.axes[0].get_ylim() == (HEIGHT, 0)
