"""Evidence as bytes and back: what stays, what is lost on the way, and bytes that are damaged."""

from __future__ import annotations

import struct
import zlib
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tracker_core.evidence.made_evidence import frames_of_evidence, made_diagnostics, made_evidence
from tracker_core import (
    Box,
    CandidateOrigin,
    Candidates,
    Diagnostics,
    DrawingCenter,
    RatedProposals,
    ResponseMap,
    TrackResult,
)
from tracker_core.evidence import LARGEST_EVIDENCE, EvidenceError, FrameEvidence, KeptPicture, decoded, encoded

HEADER = struct.Struct("<4sBII")


def packed_again(content: bytes, facts: bytes) -> bytes:
    """The same with other facts, whose length and checksum are right."""
    magic, version, _, jpeg_size = HEADER.unpack_from(content)
    jpeg = content[len(content) - jpeg_size :]
    return HEADER.pack(magic, version, len(facts), jpeg_size) + zlib.compress(facts) + jpeg


def facts_of(content: bytes) -> bytes:
    return zlib.decompressobj().decompress(content[HEADER.size :])


def with_seen(evidence: FrameEvidence, **changes: object) -> FrameEvidence:
    assert evidence.diagnostics is not None
    seen = replace(evidence.diagnostics, **changes)
    return replace(evidence, result=replace(evidence.result, diagnostics=seen))


def assert_same(found: object, expected: object) -> None:
    """Equal, with the boxes of diagnostics to the precision of 32 bits."""
    assert type(found) is type(expected)
    if isinstance(expected, ResponseMap):
        step = float(np.ptp(expected.values)) / 255
        assert np.abs(found.values - expected.values).max() <= step * 1.001 + 1e-6
        assert found.peak == pytest.approx(expected.peak, rel=1e-6, abs=1e-3)
        assert_same(found.extent, expected.extent)
    elif isinstance(expected, np.ndarray):
        assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
        np.testing.assert_array_equal(found, expected.astype(np.float32) if expected.dtype == float else expected)
    elif isinstance(expected, Box):
        np.testing.assert_array_equal(found.xywh, expected.xywh.astype(np.float32))
    elif isinstance(expected, Diagnostics | Candidates | RatedProposals | KeptPicture | DrawingCenter):
        for field in fields(expected):
            assert_same(getattr(found, field.name), getattr(expected, field.name))
    elif isinstance(expected, tuple):
        assert len(found) == len(expected)
        for each, wanted in zip(found, expected, strict=True):
            assert_same(each, wanted)
    else:
        assert found == expected


@settings(deadline=None, max_examples=60)
@given(frames_of_evidence())
def test_decoded_when_it_was_encoded_then_is_the_same_evidence(evidence: FrameEvidence) -> None:
    found = decoded(encoded(evidence))
    assert_same(found.diagnostics, evidence.diagnostics)
    assert_same(found.picture, evidence.picture)
    rest = {"picture": None}
    bare = replace(evidence, result=replace(evidence.result, diagnostics=None), **rest)
    assert replace(found, result=replace(found.result, diagnostics=None), **rest) == bare


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_decoded_when_facts_are_mutated_then_refuses_or_gives_what_can_be_kept(
    data: st.DataObject,
) -> None:
    evidence = data.draw(frames_of_evidence())
    content = encoded(evidence)
    facts = bytearray(facts_of(content))
    for _ in range(data.draw(st.integers(1, 3))):
        facts[data.draw(st.integers(0, len(facts) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(facts[: data.draw(st.integers(0, len(facts)))])
    for changed in (packed_again(content, bytes(facts)), packed_again(content, cut)):
        try:
            found = decoded(changed)
        except EvidenceError:
            continue
        encoded(found)


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_decoded_when_the_file_is_mutated_then_refuses_or_gives_evidence(data: st.DataObject) -> None:
    content = bytearray(encoded(made_evidence(candidates=20, cells=5)))
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(content[: data.draw(st.integers(0, len(content)))])
    for changed in (bytes(content), cut, cut + bytes(content)):
        try:
            assert isinstance(decoded(changed), FrameEvidence)
        except EvidenceError:
            continue


@given(st.binary(max_size=200))
def test_decoded_when_bytes_are_anything_then_refuses(content: bytes) -> None:
    with pytest.raises(EvidenceError):
        decoded(content)


@pytest.mark.parametrize("scale", [1e-30, 1e-3, 1.0, 1e6, 1e30])
def test_encoded_when_a_response_map_is_rounded_then_its_peak_stays_alone(scale: float) -> None:
    values = np.full((30, 40), scale, np.float32)
    values[11, 13] = np.nextafter(np.float32(scale), np.float32(np.inf))
    values[0, 0] = -scale
    evidence = with_seen(made_evidence(), response_map=ResponseMap(values, Box(0, 0, 40, 30)))
    found = decoded(encoded(evidence)).diagnostics.response_map
    assert found.peak == (13.5, 11.5)
    assert found.values.max() == values.max()
    assert np.count_nonzero(found.values == found.values.max()) == 1


def test_encoded_when_a_response_map_is_flat_then_keeps_its_value() -> None:
    flat = ResponseMap(np.full((3, 4), 2.5, np.float32), Box(0, 0, 40, 30))
    found = decoded(encoded(with_seen(made_evidence(), response_map=flat))).diagnostics.response_map
    np.testing.assert_array_equal(found.values, flat.values)


def test_decoded_when_a_small_content_claims_to_be_large_then_refuses_without_the_memory() -> None:
    bomb = zlib.compress(bytes(2**30 // 64))
    for size in (2**30 // 64, 100, 2**32 - 1):
        with pytest.raises(EvidenceError):
            decoded(HEADER.pack(b"DLEV", 1, size, 0) + bomb)


def test_decoded_when_it_is_of_a_newer_version_then_says_so() -> None:
    content = bytearray(encoded(made_evidence()))
    content[4] = 2
    with pytest.raises(EvidenceError, match="version 2"):
        decoded(bytes(content))


@pytest.mark.parametrize(
    "changes",
    [
        {"previous_box": Box(np.nan, 0, 1, 1)},
        {"chosen_box": Box(0, 0, 1e300, 1)},
        {"stage_ms": (("x" * 300, 1.0),)},
        {"stage_ms": (("x", 1.0),) * 65},
        {"regressed_best": np.zeros((4, 4))},
        {"response_map": ResponseMap(np.zeros((0, 3), np.float32), Box(0, 0, 1, 1))},
        {"response_map": ResponseMap(np.full((2, 2), np.nan, np.float32), Box(0, 0, 1, 1))},
        {"centers": (DrawingCenter(CandidateOrigin.PREVIOUS, Box(0, 0, 1, 1), 1, 0.6),) * 17},
        {"candidates": made_diagnostics(0, candidates=2**15 + 1, cells=1).candidates},
    ],
    ids=[
        "no-number",
        "far-off",
        "long-text",
        "stages",
        "not-as-many",
        "empty-map",
        "map-without-numbers",
        "many-centres",
        "too-many",
    ],
)
def test_encoded_when_no_tracker_finds_such_a_thing_then_refuses(changes: dict[str, object]) -> None:
    with pytest.raises(EvidenceError):
        encoded(with_seen(made_evidence(), **changes))


def test_encoded_when_the_frame_is_none_or_the_picture_is_then_refuses() -> None:
    evidence = made_evidence()
    large = KeptPicture(evidence.picture.jpeg + bytes(LARGEST_EVIDENCE), Box(0, 0, 1, 1))
    for broken in (
        replace(evidence, frame_index=-1),
        replace(evidence, track_id=2**63),
        replace(evidence, result=TrackResult(Box(0, 0, 1, 1), np.nan, True)),
        replace(evidence, picture=KeptPicture(b"GIF", Box(0, 0, 1, 1))),
        replace(evidence, picture=large),
    ):
        with pytest.raises(EvidenceError):
            encoded(broken)
