"""What each tracking run was made with, kept in the project for receipts of exports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dlst_gui.project.errors import contents_checked
from dlst_gui.project.rows import Json, text, whole_number
from dlst_gui.project.store import IN_MEMORY, ProjectStore

_KEY = "run "  # then the run's id
_LARGEST_SEED = 2**63 - 1


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What a run's boxes depend on, besides the manual boxes.

    Attributes:
        program_version: of this program.
        system: preset, details and speed, as in tables of results.
        weights: the backbone's name or file.
        weights_sha256: of its tensors; "" where it is unknown.
        device: as torch names it.
        guide: the guide's name; "" for none, as in all projects from before there were guides.
        guide_sha256: of its files.
    """

    program_version: str
    system: str
    weights: str
    weights_sha256: str
    seed: int
    device: str
    guide: str = ""
    guide_sha256: str = ""


def keep_run_facts(store: ProjectStore, run_id: int, facts: RunFacts) -> None:
    """Write what a run was made with; raises ProjectFileError."""
    value: dict[str, Json] = {
        "program_version": facts.program_version,
        "system": facts.system,
        "weights": facts.weights,
        "weights_sha256": facts.weights_sha256,
        "seed": facts.seed,
        "device": facts.device,
    }
    if facts.guide:
        value |= {"guide": facts.guide, "guide_sha256": facts.guide_sha256}
    store.set_meta(f"{_KEY}{run_id}", value, durable=False)


def known_runs(store: ProjectStore) -> Mapping[int, RunFacts]:
    """What is known of all runs, by run id; also of those whose boxes are gone: undo may bring them back.

    Raises:
        DamagedProjectError: what is written there makes no sense.
    """
    with contents_checked(store.path or IN_MEMORY):
        return {int(key.removeprefix(_KEY)): _facts(value) for key, value in store.metas(_KEY).items()}


def next_run_id(store: ProjectStore) -> int:
    """One that no run has: none whose boxes are there, and none of which undo may bring them back."""
    noted = (key.removeprefix(_KEY) for key in store.meta_keys(_KEY))
    return 1 + max((store.last_run_id(), *(int(run_id) for run_id in noted if run_id.isdecimal())), default=0)


def _facts(value: Json) -> RunFacts:
    if not isinstance(value, dict):
        raise ValueError(f"expected what a run was made with, got {value!r:.60}")
    return RunFacts(
        program_version=text(value.get("program_version"), "a program's version"),
        system=text(value.get("system"), "a run's system"),
        weights=text(value.get("weights"), "a run's weights"),
        weights_sha256=text(value.get("weights_sha256"), "the hash of a run's weights"),
        seed=whole_number(value.get("seed"), "a run's seed", most=_LARGEST_SEED),
        device=text(value.get("device"), "a run's device"),
        guide=text(value.get("guide", ""), "a run's guide"),
        guide_sha256=text(value.get("guide_sha256", ""), "the hash of a run's guide"),
    )
