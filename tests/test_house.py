"""The house itself: its top level, its wheel, and that documents and import rules know every module."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGES = ("dlst_gui", "tracker_core")
TOP_LEVEL = {
    *("dlst_gui", "tracker_core", "resources", "tests", "docs", "findings", ".ci", ".gitignore", ".gitattributes"),
    *("main.py", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "Makefile"),
    *(".github", ".pre-commit-config.yaml", "CITATION.cff", "zensical.toml"),
}


@pytest.fixture(scope="session")
def tracked_files() -> list[str]:
    if not (REPOSITORY / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a git checkout: what belongs to the repository is unknown")
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]  # a checkout may belong to another user
    listed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.split("\0") if (REPOSITORY / name).is_file()]


@pytest.fixture(scope="session")
def project() -> dict:
    with (REPOSITORY / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)


@pytest.fixture(scope="session")
def wheel(tracked_files: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of what is tracked, built without a network."""
    checkout = tmp_path_factory.mktemp("checkout")
    for name in tracked_files:
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(REPOSITORY / name, checkout / name)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "--no-index", "."]
    subprocess.run(command, cwd=checkout, check=True)
    return next(checkout.glob("*.whl"))


def modules(package: str) -> set[str]:
    """Direct members of a package by name: `tracker_core/box.py` is `box`, a folder is its own name."""
    return {
        path.stem
        for path in (REPOSITORY / package).iterdir()
        if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").exists()
    }


def rooms(package: str) -> dict[str, bool]:
    """Modules that docs/architecture.md names, and whether it lets them use Qt."""
    text = (REPOSITORY / "docs/architecture.md").read_text("utf-8")
    table = text.partition(f"\n### `{package}/`\n")[2].partition("\n##")[0]
    return {
        name: "**Qt**" in row.split("|")[1]
        for row in table.splitlines()
        if row.startswith("| `")
        for name in re.findall(r"`(\w+)(?:\.py|/)`", row.split("|")[1])
    }


def test_top_level_when_listed_then_holds_only_agreed_names(tracked_files: list[str]) -> None:
    assert {name.split("/")[0] for name in tracked_files} <= TOP_LEVEL


def test_tracked_files_when_weighed_then_none_exceeds_5_mb(tracked_files: list[str]) -> None:
    assert [name for name in tracked_files if (REPOSITORY / name).stat().st_size > 5e6] == []


def test_changelog_when_read_then_its_newest_version_is_the_projects(project: dict) -> None:
    versions = re.findall(r"^## \[(\d[^\]]*)\]", (REPOSITORY / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert versions[0] == project["project"]["version"]


def test_citation_when_read_then_its_version_is_the_projects(project: dict) -> None:
    text = (REPOSITORY / "CITATION.cff").read_text("utf-8")
    assert f"\nversion: {project['project']['version']}\n" in text


def test_pre_commit_when_read_then_its_ruff_is_the_pinned_one() -> None:
    assert f"rev: v{locked('development')['ruff']} " in (REPOSITORY / ".pre-commit-config.yaml").read_text("utf-8")


def test_workflows_when_read_then_are_yaml_with_jobs() -> None:
    for path in (REPOSITORY / ".github").rglob("*.yml"):
        read = yaml.safe_load(path.read_text("utf-8"))
        assert read.get("jobs") or read.get("body"), path


LOCK = REPOSITORY / ".ci/lock"


def locked(name: str) -> dict[str, str]:
    """Versions by package; of several for several Pythons the last."""
    return dict(re.findall(r"^([\w.-]+)==(\S+)", (LOCK / f"{name}.txt").read_text("utf-8"), re.MULTILINE))


def names_in(requirements: list[str]) -> set[str]:
    return {re.match(r"[\w-]+", requirement)[0].lower() for requirement in requirements} - {"torch"}


def test_locks_when_read_then_hold_every_direct_dependency(project: dict) -> None:
    table = project["project"]
    assert names_in(table["dependencies"]) | {"hatchling"} <= locked("program").keys()
    assert names_in(table["dependencies"] + table["optional-dependencies"]["dev"]) <= locked("development").keys()


@pytest.mark.parametrize("name", ["program", "development"])
def test_locks_when_read_then_every_version_has_hashes(name: str) -> None:
    entries = re.split(r"^(?=[\w.-]+==)", (LOCK / f"{name}.txt").read_text("utf-8"), flags=re.MULTILINE)[1:]
    assert entries
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_locks_when_compared_then_agree() -> None:
    assert locked("program").items() <= locked("development").items()


def test_locks_when_read_then_leave_torch_and_cuda_to_the_machine() -> None:
    assert not {name for name in locked("development") if name.startswith(("torch", "nvidia", "cuda", "triton"))}
    assert locked("torch") == {"torch": "2.13.0"}


def test_bill_of_materials_when_read_then_lists_what_the_lock_does() -> None:
    bill = json.loads((LOCK / "dlst-studio.cdx.json").read_text("utf-8"))
    listed = {each["name"].lower().replace("_", "-"): each["version"] for each in bill["components"]}
    # Made on one system with one Python: what only others need is not in it.
    elsewhere = {"setuptools", "contourpy", "networkx", "tzdata", "colorama"}
    assert {name: version for name, version in locked("program").items() if name not in elsewhere}.items() <= (
        listed.items()
    )
    licences = (REPOSITORY / "docs/licences.md").read_text("utf-8")
    missing = [each for each in bill["components"] if f"| {each['name']} | {each['version']} |" not in licences]
    assert missing == []


@pytest.mark.parametrize(
    "package",
    [
        *PACKAGES,
        *(
            f"dlst_gui/{room}"
            for room in ("commands", "tracking", "session", "settings", "soak", "video/isolation")
        ),
    ],
)
def test_architecture_when_read_then_names_every_module(package: str) -> None:
    assert set(rooms(package)) == modules(package)


def test_rooms_without_qt_when_listed_then_are_those_the_import_rules_keep_free(project: dict) -> None:
    contracts = {contract["name"]: contract for contract in project["tool"]["importlinter"]["contracts"]}
    kept_free = {
        name.split(".")[1] for name in contracts["outside the Qt rooms nobody needs Qt"]["source_modules"]
    }
    assert kept_free == {room for room, may_use_qt in rooms("dlst_gui").items() if not may_use_qt}


def test_documents_when_read_then_their_links_lead_to_files(tracked_files: list[str]) -> None:
    broken = [
        f"{name}: {target}"
        for name in tracked_files
        if name.endswith(".md")
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[\w-]*)?\)", (REPOSITORY / name).read_text("utf-8"))
        if not ((REPOSITORY / name).parent / target).exists()
    ]
    assert broken == []


def test_wheel_when_built_then_carries_every_module_and_resource_and_nothing_else(
    wheel: Path, tracked_files: list[str]
) -> None:
    with ZipFile(wheel) as archive:
        carried = {name for name in archive.namelist() if ".dist-info/" not in name}
    shipped = {name for name in tracked_files if name.startswith("resources/") and "/making/" not in name}
    packages = {name for name in tracked_files if name.split("/")[0] in PACKAGES}
    assert carried == packages | {f"tracker_core/{name}" for name in shipped}
    assert {f"{package}/py.typed" for package in PACKAGES} <= carried


def test_wheel_when_built_then_carries_the_bill_of_materials(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        bills = [archive.read(name) for name in archive.namelist() if ".dist-info/sboms/" in name]
    assert bills == [(LOCK / "dlst-studio.cdx.json").read_bytes()]


def test_wheel_when_unpacked_elsewhere_then_runs_from_there(wheel: Path, project: dict, tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    with ZipFile(wheel) as archive:
        archive.extractall(installed)
    program = f"""
import sys; sys.path.insert(0, {str(installed)!r})
import dlst_gui
from dlst_gui import cli
from tracker_core import shipped_file
assert cli.__file__.startswith({str(installed)!r}), cli.__file__
assert str(shipped_file("demo.mp4")).startswith({str(installed)!r})
assert dlst_gui.__version__ == {project["project"]["version"]!r}
sys.exit(cli.main(["weights", "list"]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
