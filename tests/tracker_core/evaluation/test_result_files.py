from pathlib import Path

import numpy as np
import pytest

from tracker_core.evaluation.errors import EvaluationError
from tracker_core.evaluation.result_files import find_result_file, read_rows, write_rows

ROWS = np.array([[1.0, 2.25, 30, 40.1234], [0.3333, -5, 1, 1]])


def test_rows_when_written_and_read_then_are_equal(tmp_path: Path) -> None:
    path = tmp_path / "dlst" / "0" / "Deer.txt"
    write_rows(path, ROWS)
    assert path.read_text() == "1,2.25,30,40.1234\n0.3333,-5,1,1\n"
    np.testing.assert_array_equal(read_rows(path), ROWS)
    assert [file.name for file in path.parent.iterdir()] == ["Deer.txt"]


@pytest.mark.parametrize("line", ["1,2,3,4", "1\t2\t3\t4", "1 2  3 4 ", "1, 2, 3, 4"])
def test_read_when_separators_differ_then_reads_them_all(tmp_path: Path, line: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(f"{line}\n\n")
    np.testing.assert_array_equal(read_rows(path), [[1, 2, 3, 4]])


def test_read_when_a_row_is_nan_then_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("NaN NaN NaN NaN\n")
    assert np.isnan(read_rows(path)).all()


@pytest.mark.parametrize("line", ["1,2,3", "1,2,3,x", "1,2,3,4,5"])
def test_read_when_a_line_is_no_box_then_names_file_and_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(f"1,2,3,4\n{line}\n")
    with pytest.raises(EvaluationError, match=rf"a\.txt, line 2: expected four numbers .* got '{line}'"):
        read_rows(path)


def test_read_when_there_is_no_file_then_names_it(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"gone\.txt: cannot read"):
        read_rows(tmp_path / "gone.txt")


@pytest.mark.parametrize("name", ["Deer.txt", "deer.txt", "Deer_KCF.txt", "deer_my_tracker.txt"])
def test_find_when_named_after_the_sequence_then_finds_it(tmp_path: Path, name: str) -> None:
    for file in (name, "Deer2.txt", "Reindeer.txt"):
        (tmp_path / file).touch()
    assert find_result_file(tmp_path, "Deer").name == name


def test_find_when_there_is_none_or_a_choice_then_says_what_was_found(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"expected one result file Deer\.txt .* found none"):
        find_result_file(tmp_path, "Deer")
    for tracker in ("A", "B"):
        (tmp_path / f"Deer_{tracker}.txt").touch()
    with pytest.raises(EvaluationError, match=r"found Deer_A\.txt, Deer_B\.txt"):
        find_result_file(tmp_path, "Deer")
    with pytest.raises(EvaluationError, match="no such result folder"):
        find_result_file(tmp_path / "gone", "Deer")
