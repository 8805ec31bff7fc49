"""From what is installed to the bill of materials and the table of licences; called by update.sh."""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from importlib.metadata import distribution
from pathlib import Path

LOCK = Path(__file__).parent
BILL = LOCK / "dlst-studio.cdx.json"
TABLE = LOCK.parents[1] / "docs/licences.md"
BEGIN, END = "<!-- packages: begin -->\n", "<!-- packages: end -->\n"
NOT_OURS = {"pip", "setuptools"}
"""Part of every environment. setuptools is also named by torch, for compiling, which this program does not use."""


def main() -> None:
    """Write both."""
    made = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    hashes = hashes_of(LOCK / "program.txt")
    components = [
        component(each, hashes)
        for each in sorted(made["components"], key=lambda each: each["name"].lower())
        if each["name"] not in NOT_OURS
    ]
    known = {each["bom-ref"] for each in components} | {"root-component"}
    root = made["metadata"]["component"]
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": made["specVersion"],
        "version": 1,
        "metadata": {
            "component": {
                name: root[name] for name in ("bom-ref", "name", "version", "type", "licenses") if name in root
            }
        },
        "components": components,
        "dependencies": [
            {"ref": each["ref"], "dependsOn": [name for name in each.get("dependsOn", []) if name in known]}
            for each in made["dependencies"]
            if each["ref"] in known
        ],
    }
    BILL.write_text(json.dumps(bill, indent=1, ensure_ascii=False) + "\n", "utf-8")
    before, rest = TABLE.read_text("utf-8").split(BEGIN)
    rows = [f"| {each['name']} | {each['version']} | {licence_of(each['name'])} |\n" for each in components]
    table = "| package | version | licence, as the package declares it |\n|---|---|---|\n" + "".join(rows)
    TABLE.write_text(before + BEGIN + table + END + rest.split(END)[1], "utf-8")


def hashes_of(lock: Path) -> dict[str, list[str]]:
    """SHA-256 of all files of a package that may be installed, by the package's normalised name."""
    found: dict[str, list[str]] = defaultdict(list)
    name = ""
    for line in lock.read_text("utf-8").splitlines():
        if begins := re.match(r"([\w.-]+)==", line):
            name = begins[1]
        found[name] += re.findall(r"--hash=sha256:(\w+)", line)
    return found


def component(found: dict[str, object], hashes: dict[str, list[str]]) -> dict[str, object]:
    """What the bill says of one package: no links and no prose."""
    kept = {name: found[name] for name in ("bom-ref", "type", "name", "version", "purl")}
    normal = re.sub(r"[-_.]+", "-", str(found["name"])).lower()
    references = [
        {"type": "distribution", "url": f"https://pypi.org/simple/{normal}/",
         "hashes": [{"alg": "SHA-256", "content": content} for content in hashes[normal]]}
    ]  # fmt: skip
    licences = [{"license": {"name": licence_of(str(found["name"]))}}]
    return {**kept, "licenses": licences, **({"externalReferences": references} if hashes[normal] else {})}


def licence_of(name: str) -> str:
    """The licence in a package's metadata, the newest of the three ways to say it first (PEP 639)."""
    about = distribution(name).metadata
    if expression := about.get("License-Expression"):
        return expression
    classifiers = [each.rsplit(" :: ", 1)[1] for each in about.get_all("Classifier", []) if "License ::" in each]
    declared = (about.get("License") or "").strip().splitlines()
    return ", ".join(classifiers) or (declared[0] if declared else "not declared")


if __name__ == "__main__":
    main()
