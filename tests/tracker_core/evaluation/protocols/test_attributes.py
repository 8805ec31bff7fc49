from pathlib import Path

import pytest

from tracker_core.evaluation.errors import EvaluationError
from tracker_core.evaluation.protocols.attributes import attributes_of, parse_attributes


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("1,0,0,1,0,0,0,0,0,0,1", ("IV", "OCC", "LR")),
        ("0\t0\t1\t0\t0\t0\t0\t0\t0\t0\t0\n", ("SV",)),
        ("1,0,0,0,0,0,0,0,0,0,0,1", ("SV", "SOB")),  # UAV123
        ("0,0,0,0,1,0,0,0,0,0,0,0,0,1", ("CM", "ARC")),  # LaSOT
        ("sv, occ IPR", ("SV", "OCC", "IPR")),
    ],
)
def test_parse_when_a_file_is_a_benchmarks_then_gives_its_codes(
    tmp_path: Path, text: str, codes: tuple[str, ...]
) -> None:
    (tmp_path / "a.txt").write_text(text)
    assert parse_attributes(tmp_path / "a.txt") == codes


@pytest.mark.parametrize("text", ["", "1,0,1", "IV, XX", "2,0,0,0,0,0,0,0,0,0,0"])
def test_parse_when_it_is_something_else_then_says_what_is_expected(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_text(text)
    with pytest.raises(EvaluationError, match="a 0 or 1 for each of 11, 12, 14 attributes"):
        parse_attributes(tmp_path / "a.txt")


def test_attributes_when_they_lie_where_a_benchmark_has_them_then_are_found(tmp_path: Path) -> None:
    sequence = tmp_path / "OTB" / "Jogging"
    (tmp_path / "OTB" / "anno" / "att").mkdir(parents=True)
    sequence.mkdir()
    assert attributes_of("Jogging-1", sequence, None) is None
    (tmp_path / "OTB" / "anno" / "att" / "jogging_1.txt").write_text("OCC")
    (tmp_path / "OTB" / "anno" / "att" / "jogging_2.txt").write_text("DEF")
    assert attributes_of("Jogging-1", sequence, None) == ("OCC",)
    assert attributes_of("Jogging-2", sequence, None) == ("DEF",)
    (sequence / "attr.txt").write_text("LR")
    assert attributes_of("Jogging-1", sequence, None) == ("LR",)


def test_attributes_when_a_folder_is_named_then_only_it_is_looked_at(tmp_path: Path) -> None:
    sequence = tmp_path / "Deer"
    sequence.mkdir()
    (sequence / "attr.txt").write_text("LR")
    named = tmp_path / "named"
    named.mkdir()
    assert attributes_of("Deer", sequence, named) is None
    (named / "deer.txt").write_text("MB")
    assert attributes_of("Deer", sequence, named) == ("MB",)


def test_attributes_when_names_differ_by_a_separator_alone_then_each_has_its_own(tmp_path: Path) -> None:
    sequence = tmp_path / "data_seq" / "UAV123" / "car1"
    attributes = tmp_path / "anno" / "UAV123" / "att"
    for folder in (sequence, attributes):
        folder.mkdir(parents=True)
    (attributes / "car12.txt").write_text("LR")
    assert attributes_of("car1_2", sequence, None) is None
    (attributes / "car1_2.txt").write_text("OV")
    assert attributes_of("car1_2", sequence, None) == ("OV",)
    assert attributes_of("car12", sequence, None) == ("LR",)
