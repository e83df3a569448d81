"""The public Python interface: what the commands do, as functions on values. Each loads what it needs when called."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from compiler.network import ChipSpec, Design, Layer, Network, TrainSpec

if TYPE_CHECKING:
    from backlight.crossbar_lesson import Learned
    from backlight.simulation import Simulation
    from chips.crossbar.twin import CrossbarTwin
    from chips.train import TrainResult
    from chips.twin import Twin
    from compiler.netlist import Netlist
    from layouts.extract import Extraction
    from pdk.finding import Finding

__all__ = [
    "ChipSpec",
    "Design",
    "Layer",
    "Network",
    "TrainSpec",
    "compare",
    "compile",
    "extract",
    "make_twin",
    "plot",
    "read_spec",
    "simulate",
    "train",
]


def read_spec(path: str | Path) -> Design:
    """The design in a YAML file. SpecError, in one line, where it is none."""
    from compiler.spec import read_spec

    return read_spec(path)


def compile(design: Design, gds: str | Path) -> "Netlist":
    """Draw a design as a GDS file; the designed circuit, every waveguide in it. NotInstalledError where the package is
    absent that draws the cells of its process."""
    from backlight import files, flow
    from pdk import registry

    registry.require_installed(registry.get(design.chip.pdk))
    with files.replacing(Path(gds)) as beside:
        values = flow.run(("gds", "netlist"), {"design": design, "gds_path": beside})
    return values["netlist"]


def extract(gds: str | Path, pdk: str = "generic") -> "Extraction":
    """Read a circuit back from a GDS, from its polygons alone. NotALayoutError where the file holds none."""
    from layouts.extract import extract
    from pdk import registry

    return extract(Path(gds), registry.get(pdk))


def compare(designed: "Netlist", extracted: "Netlist", pdk: str = "generic") -> "tuple[Finding, ...]":
    """Every difference between two circuits; none if they are the same."""
    from layouts.compare import compare
    from pdk import registry

    return compare(designed, extracted, registry.get(pdk))


def simulate(netlist: "Netlist", program: Mapping[str, float] | None = None, pdk: str = "generic") -> "Simulation":
    """Light through a circuit, by SAX and by the engine; `program` gives the phase (rad) of every phase shifter, or the
    transmission of every attenuator of PIN weights; mid-range, or open, where none is given."""
    from backlight.programs import mid_range
    from backlight.simulation import simulate
    from compiler.crossbar_tables import tables_of
    from pdk import registry

    process = registry.get(pdk)
    return simulate(netlist, process, program or mid_range(tables_of(netlist, process)))


def make_twin(
    chip: "Extraction | Netlist",
    seed: int = 0,
    *,
    ideal: bool = False,
    pdk: str = "generic",
    design: Design | None = None,
) -> "Twin | CrossbarTwin":
    """A digital twin: a chip to program and measure, with imperfections drawn from the seed.

    An `Extraction` tells where devices are: heaters then warm their neighbours, and neighbours on the wafer resemble
    each other; of a netlist alone neither. A crossbar needs the `design` too, which says what its amplifiers are set
    to; its twin holds the chip several times over, once for each start of a training.
    """
    from chips.twin import Twin
    from chips.variation import Imperfections
    from compiler.crossbar_paths import is_crossbar
    from compiler.netlist import Netlist
    from layouts.places import places
    from layouts.thermal import thermal
    from pdk import registry

    process, imperfections = registry.get(pdk), Imperfections.ideal() if ideal else Imperfections.real()
    netlist = chip if isinstance(chip, Netlist) else chip.netlist
    heat = None if isinstance(chip, Netlist) else thermal(chip, process).table
    where = None if isinstance(chip, Netlist) else places(chip, process)
    if not is_crossbar(netlist):
        return Twin(netlist, process, imperfections, seed, thermal=heat, places=where)
    if design is None:
        raise ValueError("make_twin: found a crossbar and no design, expected the design that it was made for")
    from backlight.crossbar_lesson import STARTS
    from chips.crossbar.setpoints import set_points
    from chips.crossbar.twin import CrossbarTwin

    seeds, electronics = [seed] * STARTS, set_points(design)
    return CrossbarTwin(netlist, process, imperfections, seeds, electronics=electronics, thermal=heat, places=where)


def train(
    twin: "Twin | CrossbarTwin", netlist: "Netlist", design: Design, base_dir: str | Path = "."
) -> "TrainResult | Learned":
    """Train a chip in its own light, as the design's train section says; a CSV is looked for in `base_dir`."""
    from backlight import crossbar_lesson, learning
    from chips.twin import Twin
    from chips.variation import Imperfections
    from pdk import registry

    process, folder, real = registry.get(design.chip.pdk), Path(base_dir), Imperfections.real()
    if isinstance(twin, Twin):
        lesson = learning.prepare_lesson(design, netlist, process, base_dir=folder, imperfections=real)
        return learning.learn(lesson, twin)
    of_crossbar = crossbar_lesson.prepare_crossbar(design, netlist, process, base_dir=folder, imperfections=real)
    of_crossbar = replace(of_crossbar, starts=len(twin.seeds))
    result = crossbar_lesson.learn(of_crossbar, twin)
    return crossbar_lesson.Learned(result, int(crossbar_lesson.best(of_crossbar, result.train.loss)[0]))


def plot(result: "TrainResult | Learned", path: str | Path) -> None:
    """Write the accuracy of every epoch as an SVG file."""
    from backlight import files, plots

    lines = {
        "training": [100 * epoch.train_accuracy for epoch in result.history],
        "held out": [100 * epoch.test_accuracy for epoch in result.history],
    }
    epochs = [float(epoch.epoch) for epoch in result.history]
    svg = plots.curves(lines, epochs, title="accuracy", x_label="epoch", y_label="%")
    files.write_text(Path(path), plots.standalone(svg))
