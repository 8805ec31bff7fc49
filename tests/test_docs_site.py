"""The documentation site: it builds without a warning, links lead somewhere, nothing comes from other servers."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote, urlsplit

import pytest

import dlst_gui.api
import tracker_core

REPOSITORY = Path(__file__).resolve().parents[1]
SOURCES = ("docs", "dlst_gui", "tracker_core", "zensical.toml", "README.md", "CHANGELOG.md")

pytestmark = pytest.mark.skipif(
    find_spec("zensical") is None or find_spec("mkdocstrings") is None,
    reason='what builds the site is not installed: pip install -e ".[docs]"',
)


class Page(HTMLParser):
    """What a page offers to link to, where its links lead, and what a browser loads to show it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.anchors = {""}
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors.add(given.get("id", ""))
        if tag == "a":
            self.links.append(given.get("href", ""))
        else:
            self.loaded += [given[name] for name in ("src", "href") if name in given]
        if "mermaid" in given.get("class", "").split():
            self.loaded.append("https://unpkg.com")  # the theme's script fetches mermaid from there


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of a copy of what it is made from: the checkout gets no caches."""
    checkout = tmp_path_factory.mktemp("checkout")
    for name in SOURCES:
        if (REPOSITORY / name).is_dir():
            shutil.copytree(REPOSITORY / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(REPOSITORY / name, checkout / name)
    command = [sys.executable, "-m", "zensical", "build", "--strict"]
    built = subprocess.run(command, cwd=checkout, capture_output=True, text=True, encoding="utf-8", check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    return checkout / "build/site"


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path) for path in site.rglob("*.html") if path.name != "404.html"}


def broken(pages: dict[Path, Page]) -> Iterator[str]:
    for page in pages.values():
        for url in page.links + page.loaded:
            parts = urlsplit(url)
            if parts.scheme or parts.netloc:
                continue
            target = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path
            target = target / "index.html" if target.is_dir() else target
            has_anchor = target not in pages or unquote(parts.fragment) in pages[target].anchors
            if not target.is_file() or not has_anchor:
                yield f"{page.path}: {url}"


def test_site_when_built_then_every_link_leads_to_a_page_and_a_place_on_it(pages: dict[Path, Page]) -> None:
    assert len(pages) > 20
    assert list(broken(pages)) == []


def test_site_when_viewed_then_nothing_is_loaded_from_other_servers(pages: dict[Path, Page]) -> None:
    assert {url for page in pages.values() for url in page.loaded if urlsplit(url).netloc} == set()


@pytest.mark.parametrize(
    ("surface", "told_as"),
    [(dlst_gui.api, ["dlst_gui.api."]), (tracker_core, ["tracker_core.", "tracker_core.config."])],
    ids=["dlst_gui.api", "tracker_core"],
)
def test_reference_when_built_then_has_every_public_name(
    site: Path, surface: ModuleType, told_as: list[str]
) -> None:
    page = Page(site / "reference" / surface.__name__.replace(".", "_") / "index.html")
    missing = {name for name in surface.__all__ if not {f"{prefix}{name}" for prefix in told_as} & page.anchors}
    assert missing == set()
