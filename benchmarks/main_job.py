"""Every figure of the main job, measured and printed as one table.

    python benchmarks/main_job.py                    all rows, five chips
    python benchmarks/main_job.py --rows gradient    rows whose name begins so; --list names them
    python benchmarks/main_job.py --json out.json    the same as a list of {what, measured, limit, ok}

Chips are independent, so they run on all cores; what is timed runs alone, afterwards.
"""

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from statistics import mean
from typing import Any

from figures import Figure, finish, heading, tell

ROOT = Path(__file__).parents[1]
CHIPS = 5
PORTS = (4, 8, 16)
SETS = {"moons": 96.0, "iris": 90.0, "wine": 92.0, "digits": 92.0}
"""Least mean held-out accuracy in %."""
CONTROLS = {
    "three-pass gradient": "three_pass",
    "output phases not calibrated": "uncalibrated",
    "trained phases loaded blind": "blind",
}


@dataclass(frozen=True)
class Row:
    """Jobs that can run side by side, and what their results amount to."""

    name: str
    jobs: tuple[Callable[[], Any], ...]
    figures: Callable[[list[Any]], list[Figure]]
    alone: bool = False


# --- what one process does


def lesson_of(design: Any, imperfections: Any, gradient: str, seed: int, **changes: Any) -> Any:
    """A design drawn, read back from its GDS, and prepared for training."""
    from backlight.learning import prepare_lesson
    from chips.train import TrainConfig
    from pdk import registry

    netlist, heat, where = _drawn(design)
    return prepare_lesson(
        design,
        netlist,
        registry.get(design.chip.pdk),
        base_dir=ROOT / "examples",
        imperfections=imperfections,
        gradient=gradient,
        config=TrainConfig.of(design, seed=seed, **changes),
        thermal=heat,
        places=where,
    )


@cache
def _drawn(design: Any) -> tuple[Any, Any, Any]:
    """Extracted netlist, thermal neighbours and places of a design: all chips of a process come from one layout."""
    import backlight as bl
    from layouts.places import places
    from layouts.thermal import thermal
    from pdk import registry

    pdk = registry.get(design.chip.pdk)
    with tempfile.TemporaryDirectory() as folder:
        bl.compile(design, Path(folder) / "chip.gds")
        extraction = bl.extract(Path(folder) / "chip.gds")
    return extraction.netlist, thermal(extraction, pdk).table, places(extraction, pdk)


DRAWN = ("real", "full")
"""Kinds of chips that differ from seed to seed: what is drawn of devices, and everything of docs/variation.md, which
has no limit, because how much light there is per port decides (docs/budget.md)."""


def gradient_job(ports: int, linear: str, kind: str, seed: int) -> dict[str, float]:
    """Measured gradient against the true one at the start of training: 3 layers, a data set that fits the ports."""
    from backlight.learning import judge
    from chips.bench import Calibration
    from chips.calibrate import calibrate
    from chips.train import start_phases
    from chips.variation import Imperfections
    from compiler.network import ChipSpec, Design, Layer, Network, TrainSpec

    data, inputs = {4: ("iris", 3), 8: ("wine", 7), 16: ("digits", 15)}[ports]
    classes = {"iris": 3, "wine": 3, "digits": 10}[data]
    hidden = Layer(ports, "modulator")
    network = Network("gradient", inputs, (hidden, hidden, Layer(max(classes, ports))))
    design = Design(network, ChipSpec(ports=ports, linear=linear), TrainSpec(data, preprocess_pca=inputs))
    real, ideal = Imperfections.real(), Imperfections.ideal()
    unknown = replace(
        ideal,
        splitter_imbalance_rad=real.splitter_imbalance_rad,
        phase_offset_rad=real.phase_offset_rad,
        source_phase_rad=real.source_phase_rad,
        mirror_phase_rad=real.mirror_phase_rad,
    )
    chips = {"equal": replace(unknown, equal_losses=True), "own": unknown, "full": real}
    chip = chips | {"real": Imperfections.devices()}
    # Without noise the slope of an activation is taken over a step so small that only rounding is left of its error.
    lesson = lesson_of(design, chip[kind], "echo", seed, **({} if kind in DRAWN else {"dither": 1e-5}))
    bench = lesson.bench(lesson.twin(), Calibration.nominal(lesson.tables))
    return judge(lesson, start_phases(lesson.tables, seed), calibrate(bench, seed))


def accuracy_job(name: str, how: str, seed: int) -> float:
    """Held-out accuracy in % of one chip: `echo`, `offline` (autodiff, no imperfections) or a control."""
    from backlight.learning import learn
    from chips.bench import Calibration
    from chips.offline import train_offline
    from chips.train import evaluate
    from chips.variation import Imperfections
    from compiler.spec import read_spec

    design = read_spec(ROOT / "examples" / f"{name}.yml")
    gradient = how if how == "three_pass" else "echo"
    lesson = lesson_of(design, Imperfections.real(), gradient, seed)
    if how in ("offline", "blind"):
        trained = train_offline(lesson.netlist, lesson.pdk, design, lesson.split, lesson.config)
        if how == "offline":
            return 100 * trained.test_accuracy
        twin = lesson.twin()
        twin.program(trained.settings)
        bench = lesson.bench(twin, Calibration.nominal(lesson.tables))
        return 100 * evaluate(bench, lesson.split.test_x, lesson.split.test_y).accuracy
    calibration = Calibration.nominal(lesson.tables) if how == "uncalibrated" else None
    return 100 * learn(lesson, lesson.twin(), calibration=calibration).test_accuracy


def timed_demo() -> float:
    """Seconds that the demo takes as a command."""
    with tempfile.TemporaryDirectory() as folder:
        return _seconds("demo", "-o", folder)


def timed_compile() -> float:
    """Seconds that compile and verify take as commands: 8 ports, 3 layers."""
    spec = "name: eight\nnetwork: {inputs: 7, layers: [{outputs: 8, activation: sqrt}, "
    spec += "{outputs: 8, activation: sqrt}, {outputs: 8}]}\ntrain: {data: wine, preprocess: {pca: 7}}\n"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "eight.yml"
        path.write_text(spec)
        return _seconds("compile", str(path), "-o", folder) + _seconds("verify", folder)


def bytes_job(built_before: bool) -> bytes:
    """The GDS of moons from a process of its own, after other cells were built or not."""
    code = "import sys; from pathlib import Path; import backlight as bl; from pdk import registry\n"
    if built_before:
        code += "build = registry.get('generic').build\n"
        code += "for name in ('loop_mirror', 'photodiode', 'mmi2x2'): build(name)\n"
        code += "bl.compile(bl.read_spec('examples/wine.yml'), sys.argv[1])\n"
    code += "bl.compile(bl.read_spec('examples/moons.yml'), sys.argv[1])\n"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chip.gds"
        subprocess.run([sys.executable, "-c", code, str(path)], check=True, cwd=ROOT)
        return path.read_bytes()


def _seconds(*arguments: str) -> float:
    start = time.perf_counter()
    command = [sys.executable, "-c", "from backlight.cli import main; main()", *arguments]
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


# --- the table


def rows(chips: int) -> list[Row]:
    """All rows, in the order of the table."""
    circuits = [(ports, linear) for linear in ("unitary", "svd") for ports in PORTS]
    table = [
        Row(
            f"gradient-{kind}",
            tuple(
                partial(gradient_job, ports, linear, kind, seed)
                for ports, linear in circuits
                for seed in range(chips if kind in DRAWN else 1)
            ),
            partial(_gradient_figures, circuits, kind),
        )
        for kind in ("equal", "own", *DRAWN)
    ]
    for name, least in SETS.items():
        jobs = tuple(partial(accuracy_job, name, how, seed) for how in ("echo", "offline") for seed in range(chips))
        table.append(Row(f"accuracy-{name}", jobs, partial(_accuracy_figures, name, least)))
    ways = ("echo", *CONTROLS.values())
    controls = tuple(partial(accuracy_job, "wine", how, seed) for how in ways for seed in range(chips))
    table.append(Row("controls", controls, _control_figures))
    table.append(Row("demo", (timed_demo,), partial(_time_figure, "backlight demo", 120), alone=True))
    what = "compile and verify, 8 ports, 3 layers"
    table.append(Row("compile", (timed_compile,), partial(_time_figure, what, 30), alone=True))
    histories = tuple(partial(bytes_job, before) for before in (False, False, True))
    table.append(Row("bytes", histories, _bytes_figure))
    return table


def _gradient_figures(circuits: list[tuple[int, str]], kind: str, results: list[dict[str, float]]) -> list[Figure]:
    each = len(results) // len(circuits)
    figures = []
    for k, (ports, linear) in enumerate(circuits):
        part = results[k * each : (k + 1) * each]
        cosine, error = min(r["cosine"] for r in part), max(r["relative_error"] for r in part)
        what = {"equal": "losses set equal, no noise", "own": "own losses, no noise", "real": f"real, worst of {each}"}
        what |= {"full": f"and physical noise, stray light, worst of {each}"}
        name = f"gradient, {what[kind]}: {linear}, {ports} ports, 3 layers"
        if kind == "equal":
            figures.append(Figure(name, f"error {error:.1e}", "error <= 1e-10", error <= 1e-10))
        elif kind == "own":
            measured = f"cosine {cosine:.6f}, error {error:.1e}"
            figures.append(Figure(name, measured, "cosine >= 0.999", cosine >= 0.999))
        elif kind == "full":
            figures.append(Figure(name, f"cosine {cosine:.4f}, error {error:.3f}", "", True))
        else:
            measured, ok = f"cosine {cosine:.4f}, error {error:.3f}", cosine >= 0.98 and error <= 0.2
            figures.append(Figure(name, measured, "cosine >= 0.98, error <= 0.2", ok))
    return figures


def _accuracy_figures(name: str, least: float, results: list[float]) -> list[Figure]:
    half = len(results) // 2
    on_chip, offline = mean(results[:half]), mean(results[half:])
    each = " ".join(f"{value:.1f}" for value in results[:half])
    return [
        Figure(
            f"{name}: held out, trained in situ, real", f"{on_chip:.1f} % ({each})", f">= {least:g} %", on_chip >= least
        ),
        Figure(
            f"{name}: below autodiff without imperfections ({offline:.1f} %)",
            f"{offline - on_chip:+.1f} points",
            "<= 2 points",
            offline - on_chip <= 2,
        ),
    ]


def _control_figures(results: list[float]) -> list[Figure]:
    each = len(results) // (1 + len(CONTROLS))
    echo = mean(results[:each])
    figures = []
    for k, name in enumerate(CONTROLS, start=1):
        found = mean(results[k * each : (k + 1) * each])
        measured = f"{found:.1f} %, {echo - found:.1f} points under echo"
        figures.append(Figure(f"control, wine: {name}", measured, ">= 20 points lower", echo - found >= 20))
    return figures


def _time_figure(what: str, limit_s: float, results: list[float]) -> list[Figure]:
    cores = os.cpu_count()
    return [Figure(what, f"{results[0]:.1f} s on {cores} cores", f"<= {limit_s:g} s", results[0] <= limit_s)]


def _bytes_figure(results: list[bytes]) -> list[Figure]:
    kinds = len(set(results))
    what = "GDS bytes over two processes and two build histories"
    return [Figure(what, f"{kinds} different of {len(results)}", "1", kinds == 1)]


def measure(chosen: list[Row], processes: int) -> list[Figure]:
    """Run the rows, and print each figure as soon as it is known."""
    figures: list[Figure] = []
    heading()
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        side_by_side = [(row, [pool.apply_async(job) for job in row.jobs]) for row in chosen if not row.alone]
        for row, pending in side_by_side:
            _tell(row.figures([job.get() for job in pending]), figures)
    for row in chosen:
        if row.alone:
            _tell(row.figures([job() for job in row.jobs]), figures)
    return figures


def _tell(new: list[Figure], figures: list[Figure]) -> None:
    tell(new)
    figures += new


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--rows", nargs="*", default=[""], help="only rows whose name begins with one of these")
    parser.add_argument("--chips", type=int, default=CHIPS, help="chips for every mean")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--list", action="store_true", help="name the rows and stop")
    options = parser.parse_args()
    chosen = [row for row in rows(options.chips) if row.name.startswith(tuple(options.rows))]
    if options.list:
        print("\n".join(row.name for row in chosen))
        return 0
    figures = measure(chosen, options.processes)
    return finish(figures, options.json)


if __name__ == "__main__":
    sys.exit(main())
