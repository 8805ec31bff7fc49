"""`FrameEvidence` as bytes, and back with suspicion: nothing in them can run, and all sizes are bounded.

    bytes 0-3    "DLEV"
    byte 4       version, 1
    bytes 5-12   how many bytes the facts have when they are unpacked, and how many the picture has (2 x u32)
    then         the facts, packed by zlib, which has a checksum of its own
    then         the picture's JPEG

What is lost on the way: boxes, except for the result's, candidates' and losses' numbers have 32 bits instead of 64
(a box at 4000 pixels is off by 0.0002); each value of the response map becomes one of 256 levels between the
smallest and the largest, off by one 255th of that range at most; its peak stays where it is, with its value.
The result's box and score are kept bit for bit, scores of candidates too, so that all orders remain.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from tracker_core.box import Box
from tracker_core.evidence.encoded_parts import EvidenceError, PartReader, PartWriter
from tracker_core.evidence.frame_evidence import FrameEvidence, KeptPicture
from tracker_core.tracker import (
    CandidateOrigin,
    Candidates,
    Diagnostics,
    DrawingCenter,
    RatedProposals,
    ResponseMap,
    TrackResult,
    UpdateKind,
    UpdateReport,
)

LARGEST_EVIDENCE = 8 * 2**20
"""Bytes. A frame has some thousands, and a picture some tens of thousands."""

_MAGIC = b"DLEV"
_VERSION = 1
_HEADER = "<4sBII"
_LEVEL = 1  # of zlib: a higher one takes longer and saves little
_LARGEST_FACTS = 4 * 2**20  # bytes, unpacked
_MOST_CANDIDATES = 2**15
_MOST_CENTERS = 2**4
_MOST_LOSSES = 2**12
_MOST_STAGES = 2**6
_LARGEST_SIDE = 2**10  # cells of a response map
_LATEST_FRAME = 2**53
_LEVELS = 255
_KINDS = tuple(UpdateKind)
_OPTIONAL_BOXES = ("search_region", "localized_box", "regressed_box", "matched_box", "guided_box")
_JPEG_START = b"\xff\xd8\xff"

# What is there, one bit each.
_IS_FOUND, _IS_BACKWARD, _IS_MANUAL, _HAS_TIME, _HAS_PICTURE, _HAS_DIAGNOSTICS = (1 << bit for bit in range(6))
_HAS_MAP, _HAS_REGRESSED, _HAS_PROPOSALS = (1 << bit for bit in range(len(_OPTIONAL_BOXES), 8))


def encoded(evidence: FrameEvidence) -> bytes:
    """Evidence as bytes.

    Raises:
        EvidenceError: it holds what no tracker finds: a box that is not finite, more than 32768 candidates.
    """
    out = PartWriter()
    _write_frame(out, evidence)
    if evidence.diagnostics is not None:
        _write_diagnostics(out, evidence.diagnostics)
    facts, jpeg = out.bytes(), b"" if evidence.picture is None else evidence.picture.jpeg
    if evidence.picture is not None and not jpeg.startswith(_JPEG_START):
        raise EvidenceError("the picture is no JPEG")
    content = struct.pack(_HEADER, _MAGIC, _VERSION, len(facts), len(jpeg)) + zlib.compress(facts, _LEVEL) + jpeg
    if len(facts) > _LARGEST_FACTS or len(content) > LARGEST_EVIDENCE:
        raise EvidenceError(f"{len(content)} bytes are too many to be kept")
    return content


def decoded(content: bytes) -> FrameEvidence:
    """The evidence that `encoded` made these bytes of.

    Raises:
        EvidenceError: they are damaged, of a newer program, or something else.
    """
    if not struct.calcsize(_HEADER) <= len(content) <= LARGEST_EVIDENCE:
        raise EvidenceError(f"{len(content)} bytes cannot be evidence")
    magic, version, facts_size, jpeg_size = struct.unpack_from(_HEADER, content)
    if magic != _MAGIC:
        raise EvidenceError("this is no evidence")
    if version != _VERSION:
        raise EvidenceError(f"this evidence has version {version}; this program reads version {_VERSION}")
    start, end = struct.calcsize(_HEADER), len(content) - jpeg_size
    if facts_size > _LARGEST_FACTS or end < start:
        raise EvidenceError("its header makes no sense")
    reader = PartReader(_unpacked(content[start:end], facts_size))
    evidence = _read_frame(reader, content[end:])
    reader.end()
    return evidence


def _unpacked(packed: bytes, size: int) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        facts = unpacker.decompress(packed, size + 1)
    except zlib.error as error:
        raise EvidenceError(f"it cannot be unpacked: {error}") from error
    if len(facts) != size or not unpacker.eof or unpacker.unused_data:
        raise EvidenceError("it has another length than it says")
    return facts


def _write_frame(out: PartWriter, evidence: FrameEvidence) -> None:
    result, time = evidence.result, evidence.timestamp_s
    flags = (
        (_IS_FOUND * result.is_found)
        | (_IS_BACKWARD * evidence.is_backward)
        | (_IS_MANUAL * evidence.is_manual)
        | (_HAS_TIME * (time is not None))
        | (_HAS_PICTURE * (evidence.picture is not None))
        | (_HAS_DIAGNOSTICS * (result.diagnostics is not None))
    )
    if not np.isfinite([*result.box, evidence.elapsed_s, time or 0.0]).all() or np.isnan(result.score):
        raise EvidenceError("the result has numbers that are none")
    if not 0 <= evidence.frame_index <= _LATEST_FRAME:
        raise EvidenceError(f"there is no frame {evidence.frame_index}")
    out.numbers("BqqB", flags, evidence.frame_index, evidence.track_id, _KINDS.index(result.update))
    out.numbers("4ddf", *result.box, result.score, evidence.elapsed_s)
    out.text(evidence.system)
    if time is not None:
        out.numbers("d", time)
    if evidence.picture is not None:
        out.box(evidence.picture.area)


def _read_frame(reader: PartReader, jpeg: bytes) -> FrameEvidence:
    flags, frame_index, track_id, kind = map(int, reader.numbers("BqqB"))
    if not 0 <= frame_index <= _LATEST_FRAME or kind >= len(_KINDS) or flags >= 2 * _HAS_DIAGNOSTICS:
        raise EvidenceError("its frame makes no sense")
    box = Box(*reader.finite("4d"))
    (score,) = map(float, reader.numbers("d"))
    if np.isnan(score):
        raise EvidenceError("the score is no number")
    (elapsed_s,) = reader.finite("f")
    system = reader.text()
    time = reader.finite("d")[0] if flags & _HAS_TIME else None
    area = reader.box() if flags & _HAS_PICTURE else None
    if jpeg.startswith(_JPEG_START) is not (area is not None) or (area is None and jpeg):
        raise EvidenceError("its picture makes no sense")
    diagnostics = _read_diagnostics(reader) if flags & _HAS_DIAGNOSTICS else None
    return FrameEvidence(
        frame_index,
        track_id,
        TrackResult(box, score, bool(flags & _IS_FOUND), diagnostics, _KINDS[kind]),
        is_backward=bool(flags & _IS_BACKWARD),
        is_manual=bool(flags & _IS_MANUAL),
        system=system,
        elapsed_s=elapsed_s,
        timestamp_s=time,
        picture=None if area is None else KeptPicture(jpeg, area),
    )


def _write_diagnostics(out: PartWriter, seen: Diagnostics) -> None:
    boxes = [getattr(seen, name) for name in _OPTIONAL_BOXES]
    has_map = seen.response_map is not None
    flags = sum(1 << bit for bit, box in enumerate(boxes) if box is not None)
    flags |= (_HAS_MAP * has_map) | (_HAS_REGRESSED * (seen.regressed_best is not None))
    flags |= _HAS_PROPOSALS * (seen.proposals is not None)
    out.numbers("B", flags)
    for box in (seen.previous_box, seen.chosen_box, *boxes):
        if box is not None:
            out.box(box)
    trust = (seen.matched_confidence, seen.guided_confidence, seen.guide_trust)
    out.planes(np.array(trust, np.float32))
    _write_candidates(out, seen.candidates)
    _write_centers(out, seen.centers)
    if seen.regressed_best is not None:
        if len(seen.regressed_best) != len(seen.candidates.best):
            raise EvidenceError("not as many candidates were regressed as are the best")
        out.boxes(seen.regressed_best)
    if seen.proposals is not None:
        _write_proposals(out, seen.proposals)
    if seen.response_map is not None:
        _write_map(out, seen.response_map)
    _write_update(out, seen)


def _read_diagnostics(reader: PartReader) -> Diagnostics:
    flags = reader.count("B", 255)
    previous, chosen = reader.box(), reader.box()
    boxes = {name: reader.box() for bit, name in enumerate(_OPTIONAL_BOXES) if flags & (1 << bit)}
    matched_confidence, guided_confidence, guide_trust = map(float, reader.planes(3))
    candidates = _read_candidates(reader)
    centers = _read_centers(reader, len(candidates.scores))
    regressed = reader.boxes(len(candidates.best)) if flags & _HAS_REGRESSED else None
    proposals = _read_proposals(reader, len(candidates.scores)) if flags & _HAS_PROPOSALS else None
    response_map = _read_map(reader) if flags & _HAS_MAP else None
    update, stage_ms = _read_update(reader)
    return Diagnostics(
        previous_box=previous,
        search_region=boxes.get("search_region"),
        response_map=response_map,
        localized_box=boxes.get("localized_box"),
        candidates=candidates,
        chosen_box=chosen,
        regressed_box=boxes.get("regressed_box"),
        update=update,
        stage_ms=stage_ms,
        matched_box=boxes.get("matched_box"),
        matched_confidence=matched_confidence,
        guided_box=boxes.get("guided_box"),
        guided_confidence=guided_confidence,
        guide_trust=guide_trust,
        regressed_best=regressed,
        proposals=proposals,
        centers=centers,
    )


def _write_candidates(out: PartWriter, candidates: Candidates) -> None:
    count = len(candidates.scores)
    if count > _MOST_CANDIDATES:
        raise EvidenceError(f"{count} candidates are too many to be kept")
    out.numbers("HH", count, len(candidates.best))
    out.boxes(candidates.boxes_xywh)
    out.array(candidates.origins)
    out.planes(candidates.scores)
    out.array(np.packbits(candidates.is_exact))
    out.array(candidates.best.astype("<u2"))


def _read_candidates(reader: PartReader) -> Candidates:
    count = reader.count("H", _MOST_CANDIDATES)
    best_count = reader.count("H", count)
    boxes = reader.boxes(count)
    origins = reader.array(count, "u1").astype(np.uint8)
    if (origins > max(CandidateOrigin)).any():
        raise EvidenceError("a candidate has an origin that is none")
    scores = reader.planes(count)
    is_exact = np.unpackbits(reader.array(-(-count // 8), "u1").astype(np.uint8), count=count).astype(np.bool_)
    return Candidates(boxes, origins, scores, _rows(reader, best_count, count), is_exact)


def _write_centers(out: PartWriter, centers: tuple[DrawingCenter, ...]) -> None:
    if len(centers) > _MOST_CENTERS:
        raise EvidenceError(f"candidates drawn around {len(centers)} places are too many to be kept")
    out.numbers("B", len(centers))
    for center in centers:
        out.numbers("BHd", center.origin, center.count, center.translation)
        out.box(center.box)


def _read_centers(reader: PartReader, candidates: int) -> tuple[DrawingCenter, ...]:
    centers = tuple(_read_center(reader, candidates) for _ in range(reader.count("B", _MOST_CENTERS)))
    if sum(center.count for center in centers) > candidates:
        raise EvidenceError("more candidates were drawn than there are")
    return centers


def _read_center(reader: PartReader, candidates: int) -> DrawingCenter:
    origin, count = reader.count("B", max(CandidateOrigin)), reader.count("H", candidates)
    (translation,) = reader.finite("d")
    return DrawingCenter(CandidateOrigin(origin), reader.box(), count, translation)


def _write_proposals(out: PartWriter, proposals: RatedProposals) -> None:
    out.numbers("H", len(proposals.rows))
    out.array(proposals.rows.astype("<u2"))
    out.planes(proposals.confidences)
    out.planes(proposals.ratings)


def _read_proposals(reader: PartReader, candidates: int) -> RatedProposals:
    count = reader.count("H", candidates)
    if count == 0:
        raise EvidenceError("it has no proposals to choose among")
    return RatedProposals(_rows(reader, count, candidates), reader.planes(count), reader.planes(count))


def _rows(reader: PartReader, count: int, candidates: int) -> NDArray[np.int64]:
    rows = reader.array(count, "<u2").astype(np.int64)
    if count and int(rows.max()) >= candidates:
        raise EvidenceError("it names candidates that are not there")
    return rows


def _write_map(out: PartWriter, response_map: ResponseMap) -> None:
    values = response_map.values
    if not (values.ndim == 2 and all(1 <= side <= _LARGEST_SIDE for side in values.shape)):
        raise EvidenceError(f"a response map of {values.shape} cells cannot be kept")
    low, high = values.min(), values.max()
    out.numbers("HH", *values.shape)
    out.planes(np.array([low, high], np.float32))
    out.box(response_map.extent)
    levels = np.zeros(values.shape, np.uint8)
    if high > low:
        shares = (values.astype(np.float64) - low) * (_LEVELS / (float(high) - float(low)))
        levels = np.minimum(np.rint(shares), _LEVELS - 1).astype(np.uint8)  # the last one is the peak's alone
        levels.flat[int(np.argmax(values))] = _LEVELS
    # Neighbours are alike: differences from the cell to the left pack well.
    out.array(np.diff(levels, axis=1, prepend=np.uint8(0)))


def _read_map(reader: PartReader) -> ResponseMap:
    rows, columns = (reader.count("H", _LARGEST_SIDE) for _ in range(2))
    low, high = reader.planes(2)
    extent = reader.box()
    if not (rows and columns and low <= high):
        raise EvidenceError("its response map makes no sense")
    steps = reader.array(rows * columns, "u1").astype(np.uint8).reshape(rows, columns)
    levels = np.cumsum(steps, axis=1, dtype=np.uint8)
    scale = np.linspace(float(low), float(high), _LEVELS + 1).astype(np.float32)
    scale[:-1] = np.minimum(scale[:-1], np.nextafter(high, low))
    return ResponseMap(scale[levels], extent)


def _write_update(out: PartWriter, seen: Diagnostics) -> None:
    update = seen.update
    counts = (len(update.classifier_losses), len(update.localizer_losses), len(seen.stage_ms))
    if max(counts[:2]) > _MOST_LOSSES or counts[2] > _MOST_STAGES:
        raise EvidenceError("it has more losses or stages than can be kept")
    out.numbers("BHHB", _KINDS.index(update.kind), *counts)
    for losses in (update.classifier_losses, update.localizer_losses):
        out.planes(np.array(losses, np.float32))
    out.planes(np.array([milliseconds for _, milliseconds in seen.stage_ms], np.float32))
    for stage, _ in seen.stage_ms:
        out.text(stage)


def _read_update(reader: PartReader) -> tuple[UpdateReport, tuple[tuple[str, float], ...]]:
    kind = reader.count("B", len(_KINDS) - 1)
    classifier_count, localizer_count = (reader.count("H", _MOST_LOSSES) for _ in range(2))
    stage_count = reader.count("B", _MOST_STAGES)
    losses = [tuple(map(float, reader.planes(count))) for count in (classifier_count, localizer_count)]
    milliseconds = map(float, reader.planes(stage_count))
    stage_ms = tuple((reader.text(), each) for each in milliseconds)
    return UpdateReport(_KINDS[kind], *losses), stage_ms
