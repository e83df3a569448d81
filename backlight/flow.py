"""The flow, as one literal list: what each stage takes, what it gives, and the room that does it.

A command names the values that it wants; `run` does the stages that lead there, in the order of the list. Every stage
is a pure function of what it takes, but for `emit`, which writes the GDS.
"""

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from backlight.equivalence import Equivalence
    from backlight.simulation import Simulation
    from compiler.crossbar_tables import AnyTables
    from compiler.netlist import Netlist
    from compiler.network import Design
    from compiler.places import Places
    from layouts.extract import Extraction
    from layouts.floorplan import Floorplan, Layout
    from layouts.thermal import Thermal
    from pdk.contract import Pdk
    from pdk.finding import Finding


@dataclass(frozen=True)
class Stage:
    """One step of the flow."""

    name: str
    takes: tuple[str, ...]
    gives: str
    does: str
    """For the person who waits, in a few words."""
    run: Callable[..., Any]


def open_pdk(design: "Design") -> "Pdk":
    """The process that a design is made for."""
    from pdk import registry

    return registry.get(design.chip.pdk)


def compile_circuit(design: "Design", pdk: "Pdk") -> "Netlist":
    """The circuit of a network, without waveguides."""
    from compiler.compile import compile_circuit

    return compile_circuit(design, pdk)


def place(circuit: "Netlist", pdk: "Pdk") -> "Floorplan":
    """Where every instance stands."""
    from layouts.place import place

    return place(circuit, pdk)


def contact(placement: "Floorplan", pdk: "Pdk", design: "Design") -> "Floorplan":
    """The same with pads and wires."""
    from layouts.contact import contact

    return contact(placement, pdk, design.chip.bonding)


def fits(design: "Design", floorplan: "Floorplan", pdk: "Pdk") -> "Floorplan":
    """The floorplan, if a die holds it."""
    from layouts.fits import fits

    return fits(design, floorplan, pdk)


def route(die: "Floorplan", pdk: "Pdk") -> "Layout":
    """Every net as a waveguide."""
    from layouts.route import route

    return route(die, pdk)


def frame(chip: "Layout", pdk: "Pdk", design: "Design") -> "Layout":
    """The layout as a die that carries its design's name."""
    from layouts.frame import frame

    return frame(chip, pdk, design.network.name)


def netlist(layout: "Layout") -> "Netlist":
    """The designed circuit, every waveguide in it."""
    return layout.netlist


def emit(layout: "Layout", pdk: "Pdk", gds_path: "Path") -> "Path":
    """The layout as a GDS file; its path."""
    from layouts.emit import emit

    emit(layout, pdk, gds_path)
    return gds_path


def extract(gds: "Path", pdk: "Pdk") -> "Extraction":
    """The circuit read back from the file's own geometry."""
    from layouts.extract import extract

    return extract(gds, pdk)


def tables(extraction: "Extraction", pdk: "Pdk") -> "AnyTables":
    """What a trainer may know of the chip before it measures."""
    from compiler.crossbar_tables import tables_of

    return tables_of(extraction.netlist, pdk)


def lengths(extraction: "Extraction", pdk: "Pdk") -> "tuple[int, tuple[Finding, ...]]":
    """The largest difference between ways that meet, in nm, and where it is too large."""
    from layouts.lengths import matched_lengths

    return matched_lengths(extraction.netlist, pdk)


def thermal(extraction: "Extraction", pdk: "Pdk") -> "Thermal":
    """Which heaters warm which phase shifters, and where driven ones are too close."""
    from layouts.thermal import thermal

    return thermal(extraction, pdk)


def places(extraction: "Extraction", pdk: "Pdk") -> "Places":
    """Where every device that varies is."""
    from layouts.places import places

    return places(extraction, pdk)


def deck(pdk: "Pdk") -> str:
    """The process's design rules as a deck that the KLayout application runs."""
    from layouts.deck import deck

    return deck(pdk)


def rules(gds: "Path", pdk: "Pdk") -> "tuple[Finding, ...]":
    """Where the layout breaks a design rule."""
    from layouts.rules import check_rules

    return check_rules(gds, pdk)


def compare(netlist: "Netlist", extraction: "Extraction", pdk: "Pdk") -> "tuple[Finding, ...]":
    """Where the extracted circuit is not the designed one."""
    from layouts.compare import compare

    return compare(netlist, extraction.netlist, pdk)


def equate(netlist: "Netlist", extraction: "Extraction", pdk: "Pdk") -> "Equivalence":
    """How far the S-matrices of the two circuits are apart."""
    from backlight.equivalence import equate

    return equate(netlist, extraction.netlist, pdk)


def simulate(extraction: "Extraction", pdk: "Pdk", program: "Mapping[str, float]") -> "Simulation":
    """Light through the extracted circuit, by the reference and by the engine."""
    from backlight.simulation import simulate

    return simulate(extraction.netlist, pdk, program)


FLOW: tuple[Stage, ...] = (
    Stage("open", ("design",), "pdk", "the foundry's process", open_pdk),
    Stage("compile", ("design", "pdk"), "circuit", "network to circuit", compile_circuit),
    Stage("place", ("circuit", "pdk"), "placement", "a place for every instance", place),
    Stage("contact", ("placement", "pdk", "design"), "floorplan", "a pad and a wire for every terminal", contact),
    Stage("fits", ("design", "floorplan", "pdk"), "die", "whether a die of the process holds it", fits),
    Stage("route", ("die", "pdk"), "chip", "a waveguide for every net", route),
    Stage("frame", ("chip", "pdk", "design"), "layout", "die, alignment marks, name and hash", frame),
    Stage("netlist", ("layout",), "netlist", "the designed circuit, waveguides included", netlist),
    Stage("emit", ("layout", "pdk", "gds_path"), "gds", "the layout as GDS", emit),
    Stage("extract", ("gds", "pdk"), "extraction", "the circuit read back from the GDS", extract),
    Stage("deck", ("pdk",), "deck", "design rules as a KLayout deck", deck),
    Stage("rules", ("gds", "pdk"), "violations", "every polygon against the design rules", rules),
    Stage("tables", ("extraction", "pdk"), "tables", "losses on every way that light takes", tables),
    Stage("lengths", ("extraction", "pdk"), "lengths", "whether ways that meet are equally long", lengths),
    Stage("thermal", ("extraction", "pdk"), "thermal", "heat from every heater to its neighbours", thermal),
    Stage("places", ("extraction", "pdk"), "places", "who is whose neighbour on the wafer", places),
    Stage(
        "compare", ("netlist", "extraction", "pdk"), "differences", "designed against extracted, net by net", compare
    ),
    Stage("equate", ("netlist", "extraction", "pdk"), "equivalence", "S-matrices, designed against extracted", equate),
    Stage("simulate", ("extraction", "pdk", "program"), "simulation", "light through the extracted circuit", simulate),
)

Watch = Callable[[str, str], AbstractContextManager[None]]
"""Told the name of each stage and what it does; the stage runs inside the context that comes back."""


def unwatched(name: str, does: str) -> AbstractContextManager[None]:
    """Nobody waits."""
    return nullcontext()


def run(want: Iterable[str], have: Mapping[str, Any], watch: Watch = unwatched) -> dict[str, Any]:
    """All values that are known once those wanted are: what was given, and what every stage on the way gave.

    LookupError where a wanted value can neither be made nor was given.
    """
    values = dict(have)
    for stage in needed(want, have):
        with watch(stage.name, stage.does), _uncollected():
            values[stage.gives] = stage.run(*(values[name] for name in stage.takes))
    return values


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for garbage: what a stage makes it keeps, and among so many objects the search would take longer."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def needed(want: Iterable[str], have: Iterable[str]) -> tuple[Stage, ...]:
    """The stages that lead from some values to others, in the order of the flow."""
    known, wanted, chosen = set(have), set(want), []
    for stage in reversed(FLOW):
        if stage.gives in wanted - known:
            chosen.append(stage)
            wanted |= set(stage.takes)
    missing = wanted - known - {stage.gives for stage in chosen}
    if missing:
        raise LookupError(f"no stage gives {', '.join(sorted(missing))}")
    return tuple(reversed(chosen))
