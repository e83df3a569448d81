"""Every figure of the crossbar's training, measured on a hundred chips and printed as one table.

    python benchmarks/crossbar.py                    all rows: about an hour and a half on two cores
    python benchmarks/crossbar.py --crossbars        without meshes, the large step and yields: half an hour
    python benchmarks/crossbar.py --quick            10 chips, controls on 20, quick versions of the others
    python benchmarks/crossbar.py --keep DIR         chunks that are done stay in DIR; the same call goes on from there
    python benchmarks/crossbar.py --json out.json    the same as a list of {what, measured, limit, ok}
    python benchmarks/crossbar.py --docs             write the plots of docs/crossbar.md too

The circuit is that of examples/crossbar-moons.yml as read back from its GDS, with its layout's heat and places. Chips
are drawn with the seeds 0 … 99, data with 0 … 499. What was tuned was tuned on chips and data from 1000 on and 5000 on.
"""

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from crossbar_jobs import CHIPS, CONTROLS, DRAWS, FULL, USUAL, Subject, control_job, ideal_job, main_job, subject
from figures import Figure, finish, heading, tell

from chips.compare import interval, paired
from chips.crossbar.train import TrainConfig
from chips.variation import Imperfections

SETS = ("moons", "circles", "xor")
CHUNK = 20
"""Chips that train side by side: 300 runs, whose arrays fit into a cache."""
LEAST, WITHIN, SHARE, UNDER_IDEAL, OVER_LOCKED, AFTER_DRIFT = 92.5, 2.0, 95.0, 1.5, 2.0, 1.0
"""Mean accuracy in %; points under digital, and the share of chips in % that keep to them; points."""
BREAKING = {"nominal slope of weights": 20.0, "f' = 1": 10.0, "blind start": 10.0, "4-bit DAC": 10.0, "5-bit DAC": 5.0}
"""Controls that break training, and by how many points at least they must lower the mean."""
HURTING = (
    "slope of weights measured once",
    "no bias light",
    "backward bank with the same raw codes",
    "8-bit registers",
)
"""Controls that cost points: the interval of what they lose must be above 0."""
READ_AT_END = 1_000_000


@dataclass(frozen=True)
class Work:
    """One chunk: what it is called, and what is done."""

    name: str
    job: Callable[[Subject], Any]


def works(chips: int, controls: int, config: TrainConfig) -> list[Work]:
    """All chunks, so ordered that after every third the table could be printed for fewer chips."""
    chunks = [range(first, min(first + CHUNK, chips)) for first in range(0, chips, CHUNK)]
    table = [
        Work(f"main-{name}-{chunk[0]}-{len(chunk)}", partial(_main, name, chunk, config, FULL))
        for chunk in chunks
        for name in SETS
    ]
    first = range(min(CHUNK, chips))
    table += [Work(f"ideal-{name}-{len(first)}", partial(_ideal, name, first, config)) for name in SETS]
    every = range(controls)
    for name, control in CONTROLS.items():
        changed = replace(config, shortcuts=control.shortcuts)
        table.append(Work(f"control-{name}-{controls}", partial(_control, every, changed, None)))
    table += [Work(f"control-{name}-{controls}", partial(_control, every, config, name)) for name in CHIPS]
    table += [
        Work(f"usual-moons-{chunk[0]}-{len(chunk)}", partial(_main, "moons", chunk, config, USUAL)) for chunk in chunks
    ]
    return table


def _main(
    name: str, chips: Sequence[int], config: TrainConfig, imperfections: Imperfections, subject: Subject
) -> dict[str, np.ndarray]:
    return main_job(subject, name, chips, config, imperfections)


def _ideal(name: str, chips: Sequence[int], config: TrainConfig, subject: Subject) -> dict[str, np.ndarray]:
    return {"ideal": ideal_job(subject, name, chips, config)}


def _control(chips: Sequence[int], config: TrainConfig, worse: str | None, subject: Subject) -> dict[str, np.ndarray]:
    return {"chip": control_job(subject, chips, config, *((CHIPS[worse],) if worse else ()))}


def run(folder: Path, work: Work) -> dict[str, np.ndarray]:
    """One chunk, from its file where it was done before."""
    kept = folder / f"{work.name.replace(' ', '_').replace('%', 'percent')}.npz"
    if not kept.exists():
        start = time.perf_counter()
        found = work.job(subject(folder))
        with kept.with_suffix(".part").open("wb") as file:
            np.savez(file, **found)
        kept.with_suffix(".part").replace(kept)
        print(f"     {work.name}: {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    with np.load(kept) as file:
        return dict(file)


def figures(found: dict[str, dict[str, np.ndarray]]) -> list[Figure]:
    """The table of what is there."""
    table: list[Figure] = []
    by_set = {name: together(found, f"main-{name}-") for name in SETS}
    for name, of_set in by_set.items():
        table += _accuracy(name, of_set)
    for name, of_set in by_set.items():
        ideal = together(found, f"ideal-{name}-")
        if of_set and ideal:
            twin = ideal["ideal"]
            under = paired(100 * twin.mean(axis=1), 100 * of_set["chip"][: len(twin)].mean(axis=1))
            ok = under.mean <= UNDER_IDEAL
            what = f"{name}: ideal twin ({100 * twin.mean():.1f} %) above on chip"
            table.append(Figure(what, f"{under} points", f"<= {UNDER_IDEAL:g} points", ok))
    for name, of_set in by_set.items():
        table += _offline(name, of_set)
    table += _usual(together(found, "usual-moons-"))
    for name, of_set in by_set.items():
        table += _drift(name, of_set)
    return table + _controls(found)


def together(found: dict[str, dict[str, np.ndarray]], start: str) -> dict[str, np.ndarray]:
    """Arrays of all chunks whose name starts so, chips one after another."""
    parts = [found[name] for name in found if name.startswith(start)]
    return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]} if parts else {}


def _accuracy(name: str, of_set: dict[str, np.ndarray]) -> list[Figure]:
    if not of_set:
        return []
    chip, digital = 100 * of_set["chip"].mean(axis=1), 100 * of_set["digital"].mean(axis=1)
    over, share = interval(chip), 100 * np.mean(chip >= digital - WITHIN)
    what = f"{name}: held out, on chip, full variation, {len(chip)} chips x {DRAWS} draws, best of 3 starts"
    versus = f"{name}: chips within {WITHIN:g} points of digital ({digital.mean():.1f} %)"
    return [
        Figure(what, f"{over} %", f">= {LEAST:g} %", over.mean >= LEAST),
        Figure(versus, f"{share:.0f} % of {len(chip)}", f">= {SHARE:g} %", bool(share >= SHARE)),
    ]


def _offline(name: str, of_set: dict[str, np.ndarray]) -> list[Figure]:
    if not of_set:
        return []
    chip = 100 * of_set["chip"].mean(axis=1)
    table = []
    for how in ("blind", "table", "locked"):
        loaded = 100 * of_set[how].mean(axis=1)
        more = paired(chip, loaded)
        judged = name == "moons" and how == "locked"
        ok = not judged or (more.mean >= OVER_LOCKED and more.low > 0)
        limit = f">= {OVER_LOCKED:g} points, interval above 0" if judged else "-"
        word = {"blind": "blind", "table": "through the sweep", "locked": "in closed loop"}[how]
        what = f"{name}: on chip above offline loaded {word} ({loaded.mean():.1f} %)"
        table.append(Figure(what, f"{more} points", limit, ok))
    return table


def _usual(of_set: dict[str, np.ndarray]) -> list[Figure]:
    if not of_set:
        return []
    chip, locked = 100 * of_set["chip"].mean(axis=1), 100 * of_set["locked"].mean(axis=1)
    what = f"moons, usual variation: on chip ({chip.mean():.1f} %) above offline loaded in closed loop"
    return [Figure(what, f"{paired(chip, locked)} points", "-", True)]


def _drift(name: str, of_set: dict[str, np.ndarray]) -> list[Figure]:
    if not of_set:
        return []
    before = 100 * of_set["before drift"].mean(axis=1)
    table = []
    for how in ("after drift", "reloaded", "reloaded and trained"):
        now = 100 * of_set[how].mean(axis=1)
        lost = paired(before, now)
        judged = how == "reloaded and trained"
        ok = not judged or lost.mean <= AFTER_DRIFT
        limit = f"<= {AFTER_DRIFT:g} points" if judged else "-"
        what = f"{name}: 0.3 rad of drift, points under before ({before.mean():.1f} %): {how}"
        table.append(Figure(what, f"{lost} points", limit, ok))
    return table


def _controls(found: dict[str, dict[str, np.ndarray]]) -> list[Figure]:
    names = [name for name in (*CONTROLS, *CHIPS) if together(found, f"control-{name}-")]
    if "as it should be" not in names:
        return []
    usual = 100 * together(found, "control-as it should be-")["chip"]
    table = [Figure("moons, one start: as it should be", f"{interval(usual)} %", "-", True)]
    for name in names:
        if name != "as it should be":
            lost = paired(usual, 100 * together(found, f"control-{name}-")["chip"])
            limit = BREAKING.get(name)
            ok = (limit is None or lost.mean >= limit) and (name not in HURTING or lost.low > 0)
            wanted = f">= {limit:g} points lower" if limit else "interval above 0" if name in HURTING else "-"
            what = f"control, moons, one start: {name} ({usual.mean() - lost.mean:.1f} %)"
            table.append(Figure(what, f"{lost} lower", wanted, ok))
    return table


def others(quick: bool) -> list[Figure]:
    """Meshes under real variation, one step of 12,096 phases, and yields on two workers: printed, and given back."""
    runs = {"mesh_study": ["--quick"], "large_step": ["--quick"], "yield_speed": ["--chips", "40", "--repeats", "1"]}
    table: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, short in runs.items():
            kept = Path(folder) / f"{name}.json"
            script = Path(__file__).with_name(f"{name}.py")
            subprocess.run([sys.executable, script, "--json", kept, *(short if quick else [])], check=False)
            table += [Figure(**row) for row in json.loads(kept.read_text())]
    return table


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--chips", type=int, default=100, help="chips for every mean")
    parser.add_argument("--controls", type=int, default=60, help="chips for every control")
    parser.add_argument("--epochs", type=int, default=TrainConfig().epochs)
    parser.add_argument("--only", nargs="*", default=[""], help="chunks whose name starts with one of these")
    parser.add_argument("--quick", action="store_true", help="10 chips, 20 for controls")
    parser.add_argument("--keep", type=Path, help="folder for chunks that are done")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--crossbars", action="store_true", help="crossbars alone")
    parser.add_argument("--docs", action="store_true", help="write the plots of docs/crossbar.md")
    options = parser.parse_args()
    chips, controls = (10, 20) if options.quick else (options.chips, options.controls)
    config = TrainConfig(epochs=options.epochs, read_every=READ_AT_END)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        subject(folder)
        todo = [work for work in works(chips, controls, config) if work.name.startswith(tuple(options.only))]
        if options.processes > 1:
            with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
                done = pool.map(partial(run, folder), todo, chunksize=1)
        else:
            done = [run(folder, work) for work in todo]
    found = {work.name: result for work, result in zip(todo, done, strict=True)}
    table = figures(found)
    heading()
    tell(table)
    if options.docs:
        from crossbar_page import write_figures

        write_figures(table, {name: together(found, f"main-{name}-") for name in SETS})
    return finish(table + ([] if options.crossbars else others(options.quick)), options.json)


if __name__ == "__main__":
    sys.exit(main())
