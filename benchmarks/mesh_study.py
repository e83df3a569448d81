"""Meshes trained on the chip, loaded from elsewhere, and drifting: every figure with its confidence interval.

    python benchmarks/mesh_study.py                  all rows, five chips
    python benchmarks/mesh_study.py --quick          moons and iris, three chips, a few minutes
    python benchmarks/mesh_study.py --rows drift     rows whose name begins so; --list names them
    python benchmarks/mesh_study.py --json out.json  the same as a list of {what, measured, limit, ok}

Each chip is drawn, laid out, read back and given its layout's heat; its seed draws the chip and splits the data. The
ways to put a trained network on it are compared chip by chip.
"""

import argparse
import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

from figures import Figure, finish
from main_job import CHIPS, ROOT, SETS, Row, lesson_of, measure

GAIN_OVER_TABLE = 20.0
"""Points that training in place must gain over a load through a table of offsets, on digits."""
AFTER_LOAD_EPOCHS, AFTER_LOAD_RATE_RAD = 20, 0.02
"""Training in place that starts from what was loaded through the table: a third of the epochs, smaller steps."""
DRIFT_RAD = 0.1
BACK = 2.0
"""Points under what it was that a mended chip may be."""
WAYS = {
    "digital": "trained digitally, nominal circuit",
    "blind": "loaded blind",
    "table": "loaded by a table of offsets, 8 bits",
    "table_heaters": "loaded by a table of offsets and heaters",
    "locked": "loaded by the table, locked in closed loop",
    "scratch": "trained on the chip from scratch",
    "after_table": "trained on the chip behind the table",
}
SHOTS = ("scratch", "locked", "after_table")
"""Ways whose shots are told."""


def ways_job(name: str, seed: int) -> dict[str, float]:
    """Held-out accuracy in % of one chip for every way to put a network on it, and the shots of some."""
    from dataclasses import replace

    from backlight.learning import learn
    from chips.adam import Moments
    from chips.calibrate import calibrate
    from chips.loading import locked, through_table
    from chips.offline import train_offline
    from chips.train import TrainState, evaluate
    from chips.variation import Imperfections
    from compiler.spec import read_spec

    design = read_spec(ROOT / "examples" / f"{name}.yml")
    lesson = lesson_of(design, Imperfections.real(), "echo", seed)
    netlist, pdk, split = lesson.netlist, lesson.pdk, lesson.split
    digital = train_offline(netlist, pdk, design, split, lesson.config)
    scratch = learn(lesson, lesson.twin())

    twin = lesson.twin()
    bench = lesson.bench(twin, scratch.state.calibration)
    bench = bench.calibrated(calibrate(bench, seed))

    def accuracy(phases_rad: Any) -> float:
        twin.program(bench.settings(phases_rad))
        return 100 * evaluate(bench, split.test_x, split.test_y).accuracy

    table = through_table(twin, netlist, pdk, digital.phases_rad)
    found = {
        "digital": 100 * digital.test_accuracy,
        "blind": accuracy(digital.phases_rad),
        "table": accuracy(table),
        "table_heaters": accuracy(through_table(twin, netlist, pdk, digital.phases_rad, shifters=True)),
        "scratch": 100 * scratch.test_accuracy,
        "scratch_shots": scratch.history[-1].shots,
    }
    lock = locked(bench, table, netlist, pdk, digital.phases_rad)
    found |= {"locked": accuracy(lock.phases_rad), "locked_shots": bench.calibration.shots + lock.shots}
    start = TrainState(table, Moments.zero(sum(map(len, table))), bench.calibration, bench.calibration.shots)
    config = replace(lesson.config, epochs=AFTER_LOAD_EPOCHS, learning_rate_rad=AFTER_LOAD_RATE_RAD)
    after = learn(replace(lesson, config=config), twin, resume=start)
    return found | {"after_table": 100 * after.test_accuracy, "after_table_shots": after.history[-1].shots}


def drift_job(name: str, step_rad: float, seed: int) -> dict[str, float]:
    """One trained chip that drifts once: held-out accuracies in %, led back to what it remembered or trained again."""
    from backlight.learning import learn
    from backlight.watching import Drifts, summary, watch_lesson
    from chips.variation import Imperfections
    from compiler.spec import read_spec

    lesson = lesson_of(read_spec(ROOT / "examples" / f"{name}.yml"), Imperfections.real(), "echo", seed)
    trained = learn(lesson, lesson.twin()).state
    found: dict[str, float] = {}
    for way, only in (("reload", ("recalibrate", "reload")), ("epochs", ("recalibrate", "epoch"))):
        drifts = Drifts(step_rad, drop=-1.0, only=only)
        told = summary(lesson.split.test_y, drifts, watch_lesson(lesson, lesson.twin(), trained, drifts)[1].log)
        found |= {"before": 100 * told["before"], "after": 100 * told["after"]}
        found |= {way: 100 * told["recovered"], f"{way}_shots": told["shots"]}
    return found


def rows(chips: int, quick: bool) -> list[Row]:
    """All rows, in the order of the table."""
    names = ("moons", "iris") if quick else tuple(SETS)
    table = [
        Row(f"ways-{name}", tuple(partial(ways_job, name, seed) for seed in range(chips)), partial(_ways, name))
        for name in names
    ]
    name = "moons" if quick else "digits"
    jobs = tuple(partial(drift_job, name, DRIFT_RAD, seed) for seed in range(chips))
    return [*table, Row(f"drift-{name}", jobs, partial(_drift, name))]


def _ways(name: str, results: list[dict[str, float]]) -> list[Figure]:
    from chips.compare import interval, paired

    def of(way: str) -> list[float]:
        return [result[way] for result in results]

    least = SETS[name]
    figures = [Figure(f"{name}: {what}", f"{interval(of(way))} %", "", True) for way, what in WAYS.items()]
    on_chip = interval(of("scratch"))
    figures.append(Figure(f"{name}: on the chip, real", f"{on_chip} %", f">= {least:g} %", on_chip.mean >= least))
    for way in ("table", "table_heaters", "locked", "after_table", "digital"):
        gain = paired(of("scratch"), of(way))
        gated = name == "digits" and way == "table"
        limit, ok = (f">= {GAIN_OVER_TABLE:g} points", gain.mean >= GAIN_OVER_TABLE) if gated else ("", True)
        figures.append(Figure(f"{name}: from scratch − {WAYS[way]}", f"{gain} points", limit, ok))
    shots = ", ".join(f"{way} {sum(of(f'{way}_shots')) / len(results):,.0f}" for way in SHOTS)
    return [*figures, Figure(f"{name}: shots, calibration included", shots, "", True)]


def _drift(name: str, results: list[dict[str, float]]) -> list[Figure]:
    from chips.compare import interval, paired

    def of(what: str) -> list[float]:
        return [result[what] for result in results]

    figures = [
        Figure(f"{name}, drift {DRIFT_RAD:g} rad: {what}", f"{interval(of(what))} %", "", True)
        for what in ("before", "after", "reload", "epochs")
    ]
    for way in ("reload", "epochs"):
        missing = paired(of("before"), of(way))
        what = f"{name}, drift: before − {way} ({sum(of(f'{way}_shots')) / len(results):,.0f} shots)"
        figures.append(Figure(what, f"{missing} points", f"<= {BACK:g} points", missing.mean <= BACK))
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--rows", nargs="*", default=[""], help="only rows whose name begins with one of these")
    parser.add_argument("--chips", type=int, help=f"chips for every mean, at least 2; {CHIPS} if not given")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--quick", action="store_true", help="moons and iris, three chips")
    parser.add_argument("--list", action="store_true", help="name the rows and stop")
    options = parser.parse_args()
    chips = options.chips or (3 if options.quick else CHIPS)
    chosen = [row for row in rows(chips, options.quick) if row.name.startswith(tuple(options.rows))]
    if options.list:
        print("\n".join(row.name for row in chosen))
        return 0
    return finish(measure(chosen, options.processes), options.json)


if __name__ == "__main__":
    sys.exit(main())
