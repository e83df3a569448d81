"""The public Python interface: what the commands do, as functions on values. Each loads what it needs when called."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from compiler.network import ChipSpec, Design, Layer, Network, TrainSpec

if TYPE_CHECKING:
    from backlight.simulation import Simulation
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
    """Draw a design as a GDS file; the designed circuit, every waveguide in it."""
    from backlight import files, flow

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


def simulate(netlist: "Netlist", phases_rad: Mapping[str, float] | None = None, pdk: str = "generic") -> "Simulation":
    """Light through a circuit, by SAX and by the engine; every phase mid-range where none are given."""
    from backlight.programs import mid_range
    from backlight.simulation import simulate
    from compiler.tables import tables
    from pdk import registry

    process = registry.get(pdk)
    return simulate(netlist, process, phases_rad or mid_range(tables(netlist, process)))


def make_twin(chip: "Extraction | Netlist", seed: int = 0, *, ideal: bool = False, pdk: str = "generic") -> "Twin":
    """A digital twin: a chip to program and measure, with imperfections drawn from the seed.

    An `Extraction` tells where heaters are, so that they warm their neighbours; of a netlist alone they do not.
    """
    from chips.twin import Twin
    from chips.variation import Imperfections
    from compiler.netlist import Netlist
    from layouts.thermal import thermal
    from pdk import registry

    process, imperfections = registry.get(pdk), Imperfections.ideal() if ideal else Imperfections.real()
    if isinstance(chip, Netlist):
        return Twin(chip, process, imperfections, seed)
    return Twin(chip.netlist, process, imperfections, seed, thermal=thermal(chip, process).table)


def train(twin: "Twin", netlist: "Netlist", design: Design, base_dir: str | Path = ".") -> "TrainResult":
    """Train a chip in its own light, as the design's train section says; a CSV is looked for in `base_dir`."""
    from backlight.learning import learn, prepare_lesson
    from chips.variation import Imperfections
    from pdk import registry

    process = registry.get(design.chip.pdk)
    lesson = prepare_lesson(design, netlist, process, base_dir=Path(base_dir), imperfections=Imperfections.real())
    return learn(lesson, twin)


def plot(result: "TrainResult", path: str | Path) -> None:
    """Write the accuracy of every epoch as an SVG file."""
    from backlight import files, plots

    lines = {
        "training": [100 * epoch.train_accuracy for epoch in result.history],
        "held out": [100 * epoch.test_accuracy for epoch in result.history],
    }
    epochs = [float(epoch.epoch) for epoch in result.history]
    svg = plots.curves(lines, epochs, title="accuracy", x_label="epoch", y_label="%")
    files.write_text(Path(path), plots.standalone(svg))
