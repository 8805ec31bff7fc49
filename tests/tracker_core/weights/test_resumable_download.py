from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.tracker_core.weights.file_server import ServedFile, serve
from tracker_core.backbone_weights import WeightsError
from tracker_core.weights.resumable_download import RemoteFile, download, is_unchanged, read_record

DATA = bytes(range(256)) * 4000  # 1 MB
CUT = 300_000


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[ServedFile]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serve(DATA) as served:
        yield served


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "file.bin"


def break_off(served: ServedFile, target: Path) -> None:
    served.cut_after = CUT
    with pytest.raises(WeightsError, match="the transfer broke off"):
        download(served.url, target)
    served.cut_after = None


def assert_complete(target: Path, remote: RemoteFile, data: bytes = DATA) -> None:
    assert target.read_bytes() == data
    assert remote.sha256 == hashlib.sha256(data).hexdigest()
    assert list(target.parent.iterdir()) == [target]


def test_download_when_all_goes_well_gives_the_file_and_its_description(served: ServedFile, target: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    remote = download(served.url, target, lambda received, total: seen.append((received, total)))
    assert_complete(target, remote)
    assert remote == RemoteFile(served.url, len(DATA), served.etag, served.last_modified, remote.sha256)
    assert seen[-1] == (len(DATA), len(DATA))
    assert [received for received, _ in seen] == sorted({received for received, _ in seen})


@pytest.mark.parametrize("validator", ["etag", "last_modified"])
def test_download_when_broken_off_goes_on_where_it_stopped(
    served: ServedFile, target: Path, validator: str
) -> None:
    served.etag = served.etag if validator == "etag" else 'W/"weak"'
    break_off(served, target)
    assert target.with_name("file.bin.part").stat().st_size == CUT
    seen: list[int] = []
    assert_complete(target, download(served.url, target, lambda received, _: seen.append(received)))
    assert served.ranges_asked == ["", f"bytes={CUT}-"]
    assert min(seen) > CUT


def test_download_when_broken_off_says_how_far_it_came(served: ServedFile, target: Path) -> None:
    served.cut_after = CUT
    with pytest.raises(
        WeightsError, match=rf"{served.url}: .* after {CUT} of {len(DATA)} bytes; run it again to continue"
    ):
        download(served.url, target)
    assert not target.exists()


@pytest.mark.parametrize("change", ["no ranges", "no validators", "other version", "other address"])
def test_download_when_it_cannot_go_on_starts_over(served: ServedFile, target: Path, change: str) -> None:
    if change == "no validators":
        served.etag = served.last_modified = ""
    break_off(served, target)
    served.has_ranges = change != "no ranges"
    url = served.url
    if change == "other version":
        served.data, served.etag, served.last_modified = DATA[::-1], '"v2"', "Thu, 22 Oct 2015 07:28:00 GMT"
    elif change == "other address":
        url = f"{served.url}?mirror"
    assert_complete(target, download(url, target), served.data)
    may_ask = change in ("no ranges", "other version")
    assert served.ranges_asked == ["", f"bytes={CUT}-" if may_ask else ""]


def test_download_when_only_the_last_step_is_missing_asks_for_nothing(served: ServedFile, target: Path) -> None:
    break_off(served, target)
    target.with_name("file.bin.part").write_bytes(DATA)
    assert_complete(target, download(served.url, target))
    assert len(served.requests) == 1


def test_download_when_the_part_is_too_long_starts_over(served: ServedFile, target: Path) -> None:
    break_off(served, target)
    target.with_name("file.bin.part").write_bytes(DATA + b"more")
    assert_complete(target, download(served.url, target))


def test_download_when_the_server_sends_another_part_raises(served: ServedFile, target: Path) -> None:
    break_off(served, target)
    served.range_start = 5
    with pytest.raises(WeightsError, match=r"sent another part than asked for; delete .*file\.bin\.part"):
        download(served.url, target)


def test_download_when_the_server_promises_too_much_raises(served: ServedFile, target: Path) -> None:
    served.declared_length = len(DATA) + 10
    with pytest.raises(WeightsError, match=f"after {len(DATA)} of {len(DATA) + 10} bytes"):
        download(served.url, target)


def test_download_when_the_size_is_unknown_takes_what_comes(served: ServedFile, target: Path) -> None:
    served.has_length = False
    totals: set[int | None] = set()
    assert_complete(target, download(served.url, target, lambda _, total: totals.add(total)))
    assert totals == {None}


@pytest.mark.parametrize(("status", "reason"), [(404, "Not Found"), (503, "Service Unavailable")])
def test_download_when_the_server_refuses_names_the_answer(
    served: ServedFile, target: Path, status: int, reason: str
) -> None:
    served.status = status
    with pytest.raises(WeightsError, match=rf"{served.url}: the server answered {status} \({reason}\)"):
        download(served.url, target)
    assert list(target.parent.iterdir()) == []


def test_download_when_nobody_answers_says_to_check_the_network(served: ServedFile, target: Path) -> None:
    with serve(b"") as gone:
        pass
    with pytest.raises(WeightsError, match=r"no connection \(Connection refused\); check the network"):
        download(gone.url, target)


def test_download_when_the_address_is_no_web_address_raises(tmp_path: Path, target: Path) -> None:
    (tmp_path / "secret").write_text("x")
    with pytest.raises(WeightsError, match="expected an http or https address"):
        download((tmp_path / "secret").as_uri(), target)


def test_download_when_the_disk_is_too_small_says_so_first(
    served: ServedFile, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(WeightsError, match="the disk is full: 1 MB needed, 0 MB free"):
        download(served.url, target)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_download_when_the_disk_fills_up_says_so(served: ServedFile, target: Path) -> None:
    break_off(served, target)
    target.with_name("file.bin.part").unlink()
    target.with_name("file.bin.part").symlink_to("/dev/full")
    with pytest.raises(WeightsError, match=r"file\.bin: cannot be written: the disk is full"):
        download(served.url, target)


def test_download_when_its_record_is_damaged_says_what_to_delete(served: ServedFile, target: Path) -> None:
    break_off(served, target)
    target.with_name("file.bin.part.json").write_text("{")
    with pytest.raises(WeightsError, match=r"file\.bin\.part\.json: not a record of a download .*; delete it"):
        download(served.url, target)


def test_is_unchanged_when_asked_without_fetching_tells_versions_apart(served: ServedFile, target: Path) -> None:
    known = download(served.url, target)
    assert is_unchanged(known)
    served.etag = '"v2"'
    assert not is_unchanged(known)
    served.etag = served.last_modified = ""
    assert not is_unchanged(known)
    assert [method for method, _ in served.requests] == ["GET", "HEAD", "HEAD", "HEAD"]


def test_read_record_when_there_is_none_gives_none(tmp_path: Path) -> None:
    assert read_record(tmp_path / "none.json") is None
