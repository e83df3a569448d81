"""backlight yield: many chips of one design, drawn and trained; how many of them learn well enough."""

from dataclasses import asdict, dataclass, fields
from functools import partial
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np

from backlight import files, flow
from backlight.folder import Folder
from backlight.learning import read_data
from backlight.refusal import CANNOT_RUN, Refusal
from backlight.report import write_report
from backlight.terminal import Terminal, complain
from backlight.verbs.verify import read_back
from backlight.yields import cluster, outcome
from backlight.yields.run import Progress, run
from backlight.yields.store import AGAIN, Store
from backlight.yields.study import Study, versions
from backlight.yields.trainers import TRAINERS
from chips.variation import Imperfections

CHIPS = 100
"""Chips of a study where nobody says how many."""
TARGET = 0.95
"""Accuracy that a chip has to reach where nobody says which."""


@dataclass(frozen=True)
class Asked:
    """What a study is set to by whoever starts it. None: as the spec says, as the study that is resumed, or default."""

    chips: int | None = None
    seed: int | None = None
    """Draws the first chip."""
    epochs: int | None = None
    target: float | None = None
    imperfections: Imperfections | None = None
    fresh_data: bool | None = None


def imperfections(ideal: bool | None, variation: Path | None) -> Imperfections | None:
    """Those that chips are asked to have; None where nothing is said."""
    if ideal and variation is not None:
        raise Refusal("--variation", "--ideal beside it", "one of them", "leave one out")
    if variation is not None:
        return Imperfections.from_file(variation)
    return Imperfections.ideal() if ideal else None


def yield_folder(
    path: Path, asked: Asked, resume: bool, workers: int | None, scheduler: str | None, terminal: Terminal
) -> int:
    """Study the chips of a folder; exit status."""
    if workers is not None and scheduler is not None:
        found = f"{workers} workers asked for beside a scheduler, which has its own"
        raise Refusal("--workers", found, "one of the two", "leave out --workers or --scheduler")
    if asked.target is not None and isnan(asked.target):  # which is in every range that the command line checks
        raise Refusal("--target", str(asked.target), "a share of the held-out samples, 0 to 1")
    folder, store = Folder(path), Store(path)
    architecture = folder.design.chip.architecture
    if architecture not in TRAINERS:
        raise Refusal(path, f"a chip of architecture {architecture}", f"one of: {', '.join(TRAINERS)}")
    if scheduler is not None:
        cluster.require_scheduler(scheduler)
    told = store.told() if resume else None
    settings = _settings(path, folder, asked, told)
    values = flow.run(("thermal", "places"), read_back(folder, terminal), terminal.stage)
    study = _study(folder, values, settings, terminal)
    files.open_folder(path)
    if told is None:
        store.start(study.name, _as_json(settings))
    elif told.get("study") != study.name:
        raise Refusal(path, "a study of another circuit, data set or setting", "that of this folder", AGAIN)
    else:
        store.tell(study.name, _as_json(settings))
    compute = partial(cluster.on_workers, workers=workers or cluster.cores(), scheduler=scheduler)
    chips, done = settings["chips"], [0]

    try:
        with terminal.progress("chips", chips) as progress:

            def on_chips(so_far: Progress) -> None:
                done[0] = so_far.chips
                if so_far.chips:
                    progress.step(so_far.chips, _note(so_far, settings["target"]))

            records = run(study, chips, store, compute, on_chips)
    except KeyboardInterrupt:
        complain(f"{path}: interrupted; kept: {_kept(path, done[0], chips)}")
        return CANNOT_RUN
    except Refusal as refusal:
        if not done[0]:
            raise
        mend = "; ".join(filter(None, (refusal.mend, f"kept: {_kept(path, done[0], chips)}")))
        raise Refusal(refusal.place, refusal.found, refusal.expected, mend) from None
    summary = _summary(study, outcome.summary(records, settings["target"]))
    attributes = {
        "title": f"Yield of {folder.design.network.name}",
        "source": f"backlight {summary['versions']['backlight']}",
        "study": study.name,
        "target": settings["target"],
    }
    outcome.write_netcdf(path / files.YIELD_DATA, records, attributes)
    files.write_json(path / files.YIELD, summary)
    with terminal.stage("report", "one page of everything"):
        write_report(folder, values["tables"], study.netlist)
    _tell(path, summary, terminal)
    terminal.result(summary)
    return 0


def _settings(path: Path, folder: Folder, asked: Asked, told: dict[str, Any] | None) -> dict[str, Any]:
    """What a study is set to: as asked for, as the study that is resumed, or by default.

    More or fewer chips, or another target, may be asked of a study that is resumed: finished chips stay what they are.
    """
    wanted = {field.name: getattr(asked, field.name) for field in fields(asked)}
    if told is None:
        spec = folder.design.train
        usual = {
            "chips": CHIPS,
            "seed": spec.seed,
            "epochs": folder.design.epochs,
            "target": TARGET,
            "fresh_data": False,
        }
        usual["imperfections"] = Imperfections.real()
        return {name: usual[name] if value is None else value for name, value in wanted.items()}
    try:
        before = {
            "chips": int(told["chips"]),
            "seed": int(told["seed"]),
            "epochs": int(told["epochs"]),
            "target": float(told["target"]),
            "imperfections": Imperfections(**told["imperfections"]),
            "fresh_data": bool(told["fresh_data"]),
        }
    except (KeyError, TypeError, ValueError) as error:
        raise Refusal(
            path / files.YIELD_PARTS, f"a damaged study ({error!r})", "one of this program's", AGAIN
        ) from None
    for name, value in wanted.items():
        if value is None or value == before[name] or name in ("chips", "target"):
            continue
        if name == "imperfections":
            raise Refusal(path, "a study of chips with other imperfections", "those asked for now", AGAIN)
        raise Refusal(path, f"a study with {name} {before[name]}", f"{name} {value}, as asked for now", AGAIN)
    return {name: before[name] if value is None else value for name, value in wanted.items()}


def _as_json(settings: dict[str, Any]) -> dict[str, Any]:
    return {**settings, "imperfections": asdict(settings["imperfections"])}


def _study(folder: Folder, values: dict[str, Any], settings: dict[str, Any], terminal: Terminal) -> Study:
    train = folder.design.train
    with terminal.stage("data", train.data):
        dataset = read_data(folder.design, folder.path)
    return Study(
        design=folder.design,
        netlist=values["extraction"].netlist,
        thermal=values["thermal"].table,
        places=values["places"],
        dataset=dataset,
        imperfections=settings["imperfections"],
        epochs=settings["epochs"],
        seed=train.seed,
        first_seed=settings["seed"],
        fresh_data=settings["fresh_data"],
    )


def _summary(study: Study, numbers: dict[str, Any]) -> dict[str, Any]:
    """What yield.json holds."""
    ideal = study.imperfections == Imperfections.ideal()
    return {
        **numbers,
        "first_seed": study.first_seed,
        "data_seed": None if study.fresh_data else study.seed,
        "epochs": study.epochs,
        "data": study.design.train.data,
        "chip": "ideal" if ideal else "varied",
        "imperfections": asdict(study.imperfections),
        "study": study.name,
        "versions": versions(),
        "pdk": study.design.chip.pdk,
    }


def _note(so_far: Progress, target: float) -> str:
    accuracy = np.concatenate([part["test_accuracy"] for part in so_far.parts.values()])
    return f"median {100 * np.median(accuracy):.1f} %, {np.sum(accuracy >= target)} reach {100 * target:g} %"


def _kept(path: Path, done: int, chips: int) -> str:
    return f"{done} of {chips} chips; go on with backlight yield {path} --resume"


def _tell(path: Path, summary: dict[str, Any], terminal: Terminal) -> None:
    low, high = summary["yield_interval_95"]
    terminal.table(
        [
            ("held out", "mean", "median", "5th percentile", "lowest", "highest"),
            ("", *(f"{100 * summary[n]:.1f} %" for n in ("mean", "median", "percentile_5", "lowest", "highest"))),
        ]
    )
    terminal.say(
        f"{path}: yield {100 * summary['yield']:.1f} % (95 % interval {100 * low:.1f} … {100 * high:.1f} %): "
        f"{summary['passed']} of {summary['chips']} chips reach {100 * summary['target']:g} % of the held-out samples; "
        f"see {path / files.REPORT}"
    )
