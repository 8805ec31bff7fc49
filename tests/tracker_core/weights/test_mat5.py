from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from tests.tracker_core.weights.weight_samples import cell, write_mat
from tracker_core.backbone_weights import WeightsError
from tracker_core.weights import mat5
from tracker_core.weights.mat5 import MatArray, MatKind

MATLAB_FILES = Path(scipy.io.__file__).parent / "matlab/tests/data"
HEADER = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"

# Files that MATLAB itself wrote: big-endian (SOL2), little-endian, and from version 7 on compressed.
WRITTEN_BY_MATLAB = [
    *("testcell_6.1_SOL2", "testcell_6.5.1_GLNX86", "testcell_7.4_GLNX86", "testcellnest_7.4_GLNX86"),
    *("testdouble_6.1_SOL2", "testmatrix_7.1_GLNX86", "test3dmatrix_6.1_SOL2", "teststring_7.4_GLNX86"),
    *("testmulti_7.4_GLNX86", "testbool_8_WIN64", "testemptycell_7.4_GLNX86"),
]


def only(data: bytes) -> MatArray:
    (array,) = mat5.variables(data)
    return array


def assert_like_scipy(found: MatArray, expected: np.ndarray) -> None:
    if found.kind == MatKind.CELL:
        for inner, inner_expected in zip(found.cells(), expected.ravel("F"), strict=True):
            assert_like_scipy(inner, inner_expected)
    elif found.kind == MatKind.CHAR:
        assert found.text() == expected.item()
    elif found.parts:
        np.testing.assert_array_equal(found.numbers(), expected)
    else:
        assert expected.size == 0


@pytest.mark.parametrize("name", WRITTEN_BY_MATLAB)
def test_variables_when_written_by_matlab_agree_with_scipy(name: str) -> None:
    path = MATLAB_FILES / f"{name}.mat"
    if not path.exists():
        pytest.skip(f"this scipy comes without {path}")
    expected = scipy.io.loadmat(path)
    for variable in mat5.variables(path.read_bytes()):
        assert_like_scipy(variable, expected[variable.name])


def test_variable_when_it_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scipy.io.savemat(tmp_path / "a.mat", {"zeros": np.zeros(4000)}, do_compression=True)
    file = (tmp_path / "a.mat").read_bytes()
    assert only(file).numbers().size == 4000
    monkeypatch.setattr(mat5, "_SMALL_VARIABLE_BYTES", 1000)
    with pytest.raises(WeightsError, match=r"unpacks to more than \d+ bytes"):
        only(file)


def test_structs_when_an_array_of_them_keep_their_order(tmp_path: Path) -> None:
    people = np.array([(1.0, "one"), (2.0, "two")], dtype=[("number", object), ("word", object)])
    scipy.io.savemat(tmp_path / "a.mat", {"people": people})
    found = only((tmp_path / "a.mat").read_bytes()).structs()
    assert [(fields["number"].numbers().item(), fields["word"].text()) for fields in found] == [
        (1.0, "one"),
        (2.0, "two"),
    ]


def visit(array: MatArray) -> None:
    """Decode everything in an array."""
    if array.kind == MatKind.CELL:
        for inner in array.cells():
            visit(inner)
    elif array.kind == MatKind.STRUCT:
        for fields in array.structs():
            for inner in fields.values():
                visit(inner)
    elif array.kind == MatKind.CHAR:
        array.text()
    else:
        array.numbers()


def visit_all(file: bytes) -> None:
    for variable in mat5.variables(file):
        visit(variable)


def element(kind: int, data: bytes) -> bytes:
    return struct.pack("<II", kind, len(data)) + data + b"\0" * (-len(data) % 8)


def matrix(kind: int, shape: tuple[int, ...], *parts: bytes) -> bytes:
    flags = element(6, struct.pack("<II", kind, 0))
    sides = element(5, struct.pack(f"<{len(shape)}i", *shape))
    return element(14, b"".join((flags, sides, element(1, b"a"), *parts)))


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (HEADER[:-2] + b"xx", "byte order is not marked"),
        (HEADER + b"\x0e\0\0\0", "ends within an element"),
        (HEADER + struct.pack("<II", 14, 1 << 31), "2147483648 bytes expected, 0 there"),
        (HEADER + struct.pack("<HH", 14, 5) + b"1234", "5 bytes expected, 4 there"),
        (HEADER + element(7, b"\0" * 8), "expected an array, got an element of type 7"),
        (HEADER + element(14, element(6, b"\0" * 4)), "array without its description"),
        (HEADER + element(14, element(6, b"\0" * 8)), "array without shape or name"),
        (HEADER + matrix(6, (2, -2), element(9, b"\0" * 32)), r"an array of shape \(2, -2\)"),
        (HEADER + matrix(6, (1,) * 65, element(9, b"\0" * 8)), r"an array of shape \(1, 1"),
        (HEADER + matrix(6, (2, 2), element(9, b"\0" * 24)), r"24 bytes for numbers of shape \(2, 2\)"),
        (HEADER + matrix(6, (1 << 30,) * 8, element(9, b"\0" * 24)), "24 bytes for numbers of shape"),
        (HEADER + matrix(6, (1, 1), element(99, b"\0" * 8)), "expected real numbers"),
        (HEADER + matrix(1, (1 << 30, 1 << 30), matrix(6, (0, 0))), "expected a cell array, got a cell array"),
        (HEADER + matrix(2, (1, 1), element(5, b"\4\0\0\0"), element(1, b"abc\0")), "1 fields and 0 values"),
        (HEADER + matrix(6, (1, 1), *(element(9, b"") for _ in range(5000))), "array without its description"),
        (HEADER + element(15, b"no zlib!"), "damaged MATLAB file: Error -3"),
        (HEADER + struct.pack("<II", 15, 20) + zlib.compress(b"\0" * 999)[:20].ljust(20), "damaged"),
    ],
)
def test_file_when_malformed_raises(file: bytes, message: str) -> None:
    with pytest.raises(WeightsError, match=message):
        visit_all(file)


def test_opaque_object_when_met_is_told_apart() -> None:
    flags = element(6, struct.pack("<II", MatKind.OPAQUE, 0))
    array = only(HEADER + element(14, flags + element(1, b"net") + element(1, b"MCOS")))
    assert array.is_object


def test_file_when_damaged_at_random_raises_nothing_but_weights_errors(tmp_path: Path) -> None:
    layer = {"name": "conv1", "weights": cell(np.zeros((7, 7, 3, 2)), np.zeros(2)), "stride": 2.0}
    intact = write_mat(tmp_path / "a.mat", [layer, layer]).read_bytes()
    rng = np.random.default_rng(0)

    failures = 0
    for _ in range(500):
        damaged = bytearray(intact)
        for position in rng.integers(mat5.HEADER_BYTES, len(damaged), rng.integers(1, 8)):
            damaged[position] = rng.integers(256)
        try:
            visit_all(bytes(damaged))
        except WeightsError:
            failures += 1
    assert 50 < failures < 500  # the damage was noticed where it mattered
