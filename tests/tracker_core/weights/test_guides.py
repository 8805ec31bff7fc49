"""Networks of guides in the store: imported, fetched, loaded, and never others than those described."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tracker_core.guides.made_guide import correlation, made_description
from tests.tracker_core.moving_squares import scene, square
from tests.tracker_core.weights.file_server import ServedFile, serve
from tracker_core.backbone_weights import WeightsError
from tracker_core.engine.onnx_encoding import entry
from tracker_core.guides.description import GuideDescription, GuideNetworkFile
from tracker_core.weights import guide_download, guide_store
from tracker_core.weights.guide_download import fetch_guide, guides_of
from tracker_core.weights.guide_store import import_guides, is_guide_network, list_guides, load_guide

CONTENTS = {"whole": correlation(), "spare": correlation() + entry(6, "a comment" * 100_000)}


def described(urls: dict[str, str]) -> GuideDescription:
    networks = {
        name: GuideNetworkFile(
            f"{name}.onnx", len(content), hashlib.sha256(content).hexdigest(), urls.get(name, "")
        )
        for name, content in CONTENTS.items()
    }
    return replace(made_description(), networks=networks)


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> GuideDescription:
    """The only guide there is."""
    guide = described({})
    know_only(guide, monkeypatch)
    return guide


def know_only(guide: GuideDescription, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (guide_store, guide_download):
        monkeypatch.setattr(module, "GUIDE_NAMES", (guide.name,))
        monkeypatch.setattr(module, "guide_description", lambda name: guide)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, ServedFile]]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with ExitStack() as stack:
        yield {name: stack.enter_context(serve(content)) for name, content in CONTENTS.items()}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def files_in(store: Path) -> list[str]:
    return sorted(path.name for path in store.rglob("*") if path.is_file())


def folder_with(tmp_path: Path, *names: str) -> Path:
    """Under names of their own."""
    folder = tmp_path / "downloads"
    folder.mkdir()
    for name in names:
        (folder / f"my {name}.bin").write_bytes(CONTENTS[name])
    (folder / "notes.txt").write_bytes(b"x" * len(CONTENTS["whole"]))
    return folder


@pytest.mark.usefixtures("known")
def test_import_when_a_folder_has_all_networks_then_the_guide_is_ready(tmp_path: Path, store: Path) -> None:
    (entry,) = import_guides(folder_with(tmp_path, *CONTENTS), store)
    assert (entry.description.name, entry.missing) == ("made", ())
    assert files_in(store) == ["spare.onnx", "whole.onnx"]
    guide = load_guide("made", store, threads=1)
    assert guide.template(scene(square(80, 60)), square(80, 60)).features.shape == (1, 3, 8, 8)


@pytest.mark.usefixtures("known")
def test_import_when_one_network_is_missing_then_says_which_and_keeps_the_other(
    tmp_path: Path, store: Path
) -> None:
    (entry,) = import_guides(folder_with(tmp_path, "whole"), store)
    assert entry.missing == ("spare.onnx",)
    with pytest.raises(WeightsError, match=r"not here: `weights import FOLDER` takes its files \(whole\.onnx"):
        load_guide("made", store, threads=1)
    (entry,) = import_guides(tmp_path / "downloads" / "my whole.bin", store)
    assert entry.missing == ("spare.onnx",)


@pytest.mark.usefixtures("known")
def test_import_when_nothing_fits_then_raises_and_stores_nothing(tmp_path: Path, store: Path) -> None:
    folder = folder_with(tmp_path)
    with pytest.raises(WeightsError, match="expected a network of made, told by its content, got none"):
        import_guides(folder, store)
    with pytest.raises(WeightsError, match="nowhere: there is no such file or folder"):
        import_guides(tmp_path / "nowhere", store)
    assert not store.exists()


@pytest.mark.usefixtures("known")
def test_file_when_looked_at_then_only_the_very_network_is_one(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "whole")
    assert is_guide_network(folder / "my whole.bin")
    assert not is_guide_network(folder / "notes.txt")
    assert not is_guide_network(folder / "nothing")


@pytest.mark.usefixtures("known")
def test_load_when_a_stored_network_has_changed_then_is_refused(tmp_path: Path, store: Path) -> None:
    import_guides(folder_with(tmp_path, *CONTENTS), store)
    path = store / "guides" / "whole.onnx"
    path.write_bytes(CONTENTS["whole"][:-1] + b"\xff")
    with pytest.raises(WeightsError, match=r"whole\.onnx: expected [\d,]+ bytes with the SHA-256 .*get it again"):
        load_guide("made", store, threads=1)


def test_list_when_nothing_was_fetched_then_names_all_guides_and_their_files(store: Path) -> None:
    entries = {entry.description.name: entry for entry in list_guides(store)}
    assert sorted(entries) == ["fear-xs", "nanotrack-v2", "nanotrack-v3", "vittrack"]
    assert entries["vittrack"].missing == ("vittrack_2023sep.onnx",)
    assert entries["vittrack"].size_bytes == 714_726
    assert len({entry.sha256 for entry in entries.values()}) == 4


def test_load_when_the_guide_is_not_here_then_says_how_to_get_it(store: Path) -> None:
    with pytest.raises(WeightsError, match="NanoTrack v3 is not here: `weights fetch nanotrack` gets it, or "):
        load_guide("nanotrack-v3", store, threads=1)
    with pytest.raises(WeightsError, match='no guide is named "nanotrack-v9"; known are nanotrack-v2, '):
        load_guide("nanotrack-v9", store, threads=1)


def test_fetch_when_first_then_gets_every_network_and_tells_progress_of_all(
    served: dict[str, ServedFile], store: Path
) -> None:
    guide, told = described({name: file.url for name, file in served.items()}), []
    entry = fetch_guide(guide, store, on_progress=lambda received, size: told.append((received, size)))
    assert entry.missing == ()
    assert files_in(store) == ["spare.onnx", "whole.onnx"]
    assert (store / "guides" / "spare.onnx").read_bytes() == CONTENTS["spare"]
    whole = sum(map(len, CONTENTS.values()))
    assert told == sorted(told)
    assert told[-1] == (whole, whole)
    fetch_guide(guide, store)
    assert [len(file.requests) for file in served.values()] == [1, 1]  # what is here is not fetched again


def test_fetch_when_another_file_of_that_size_is_here_then_gets_the_right_one(
    served: dict[str, ServedFile], store: Path
) -> None:
    guide = described({name: file.url for name, file in served.items()})
    (store / "guides").mkdir(parents=True)
    (store / "guides" / "whole.onnx").write_bytes(b"x" * len(CONTENTS["whole"]))
    fetch_guide(guide, store)
    assert (store / "guides" / "whole.onnx").read_bytes() == CONTENTS["whole"]


def test_fetch_when_broken_off_then_goes_on_where_it_stopped(served: dict[str, ServedFile], store: Path) -> None:
    guide = described({name: file.url for name, file in served.items()})
    served["spare"].cut_after = 400_000
    with pytest.raises(WeightsError, match="broke off after 400000 of"):
        fetch_guide(guide, store)
    served["spare"].cut_after = None
    assert fetch_guide(guide, store).missing == ()
    assert served["spare"].ranges_asked == ["", "bytes=400000-"]
    assert len(served["whole"].requests) == 1


def test_fetch_when_another_file_comes_then_nothing_of_it_is_kept(
    served: dict[str, ServedFile], store: Path
) -> None:
    served["whole"].data = b"<html>Log in to the network</html>"
    guide = described({name: file.url for name, file in served.items()})
    with pytest.raises(WeightsError, match=r"expected [\d,]+ bytes with the SHA-256 .*which is not kept"):
        fetch_guide(guide, store)
    assert files_in(store) == []


def test_guides_when_their_authors_offer_another_format_then_only_import_is_told() -> None:
    with pytest.raises(WeightsError, match=r"FEAR-XS: its authors \(https://\S+\) offer no ONNX files"):
        guides_of("fear-xs")


def test_guides_when_of_one_family_then_are_fetched_together() -> None:
    assert [guide.name for guide in guides_of("nanotrack")] == ["nanotrack-v2", "nanotrack-v3"]
    with pytest.raises(WeightsError, match='no guide is of the family "siamfc"'):
        guides_of("siamfc")
