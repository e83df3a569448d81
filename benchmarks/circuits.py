"""Circuits that the engine's benchmarks run: the product's own meshes, and random ones without any order."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chips import engine
from chips.engine import Circuit
from compiler.compile import build
from compiler.decompose import positions
from compiler.names import left, right
from compiler.netlist import Cell, Instance, Netlist, Pin
from pdk import registry
from pdk.contract import Role

PDK = registry.get("generic")


@dataclass(frozen=True, eq=False)
class Bench:
    """A netlist, where light enters and is read, and the phase shifters that are driven."""

    netlist: Netlist
    into: Sequence[Pin | str]
    read: Sequence[Pin | str]
    shifters: Sequence[str]

    def lowered(self) -> Circuit:
        """As the engine runs it: phase k turns the light of the k-th shifter."""
        slots = {path: index for index, path in enumerate(self.shifters)}
        return engine.lower(self.netlist, PDK.models(), into=self.into, read=self.read, slots=slots)


def mesh(ports: int, *, back: bool = False, taps: bool = False) -> Bench:
    """The compiled Clements mesh, each device a device. `back`: light from the outputs; `taps`: read at them."""
    name = f"mesh_{ports}"
    chip = build(PDK, ports=ports, layers=1)
    kept = {cell: chip.cells[cell] for cell in _below(chip, name)}
    netlist = Netlist(name, kept)
    mzis = [path for path, part in chip.cells[name].instances.items() if part.component == "mzi"]
    shifters = [f"{mzi}.{arm}" for mzi in mzis for arm in ("theta", "phi")]
    lefts, rights = [left(ports, row) for row in range(ports)], [right(ports, row) for row in range(ports)]
    into, out = (rights, lefts) if back or taps else (lefts, rights)
    diodes = [Pin(path, "o1") for path in netlist.instances_of("photodiode")] if taps else []
    return Bench(netlist, into, [*out, *diodes], shifters)


def bare_mesh(ports: int, *, back: bool = False) -> Bench:
    """A Clements mesh of couplers and phase shifters alone, flat: the circuit that a user of SAX would write."""
    coupler, shifter = PDK.roles[Role.SPLITTER_2X2], PDK.roles[Role.PHASE_SHIFTER]
    parts: dict[str, Instance] = {}
    nets: list[tuple[Pin, Pin]] = []
    front: dict[int, Pin] = {}
    inputs: dict[int, Pin] = {}
    shifters: list[str] = []

    def enter(row: int, pin: Pin) -> None:
        if row in front:
            nets.append((front[row], pin))
        else:
            inputs[row] = pin

    for column, upper in positions(ports):
        for stage in ("phi", "theta"):
            name = f"{stage}_{column}_{upper}"
            parts |= {name: Instance(shifter), f"c{name}": Instance(coupler)}
            shifters.append(name)
            enter(upper, Pin(name, "o1"))
            nets.append((Pin(name, "o2"), Pin(f"c{name}", "o2")))
            enter(upper + 1, Pin(f"c{name}", "o1"))
            front |= {upper: Pin(f"c{name}", "o3"), upper + 1: Pin(f"c{name}", "o4")}
    outer = {f"in{row}": pin for row, pin in sorted(inputs.items())}
    outer |= {f"out{row}": pin for row, pin in sorted(front.items())}
    netlist = Netlist("bare", {"bare": Cell(parts, tuple(nets), outer)})
    lefts, rights = [f"in{row}" for row in range(ports)], [f"out{row}" for row in range(ports)]
    return Bench(netlist, rights if back else lefts, lefts if back else rights, shifters)


def _below(chip: Netlist, name: str) -> dict[str, None]:
    found = {name: None}
    for part in chip.cells[name].instances.values():
        if part.component in chip.cells and part.component not in found:
            found |= _below(chip, part.component)
    return found


def random_circuit(ports: int, seed: int, *, layers: int = 6) -> Bench:
    """Couplers, crossings, waveguides and phase shifters at random; light never comes back to where it was.

    Ways from an input to an output differ in their number of devices, and inputs in that of their layers.
    """
    rng = np.random.default_rng(seed)
    parts: dict[str, Instance] = {}
    nets: list[tuple[Pin, Pin]] = []
    front: list[Pin] = []
    shifters: list[str] = []

    def add(component: str, **settings: float) -> str:
        name = f"d{len(parts)}"
        parts[name] = Instance(component, settings)
        return name

    def take(rows: Sequence[int], name: str, into: Sequence[str], out: Sequence[str]) -> None:
        for row, port in zip(rows, into, strict=True):
            nets.append((front[row], Pin(name, port)))
        for row, port in zip(rows, out, strict=True):
            front[row] = Pin(name, port)

    inputs = []
    for _ in range(ports):
        start = add("straight", length_nm=int(rng.integers(1_000, 90_000)))
        inputs.append(Pin(start, "o1"))
        front.append(Pin(start, "o2"))
    couplers = (PDK.roles[Role.SPLITTER_2X2], PDK.roles[Role.COUPLER])
    for _ in range(layers):
        for row in range(ports):
            for _ in range(int(rng.integers(0, 4))):
                if rng.random() < 0.4:
                    shifters.append(name := add(PDK.roles[Role.PHASE_SHIFTER]))
                    take([row], name, ["o1"], ["o2"])
                else:
                    take([row], add("straight", length_nm=int(rng.integers(1_000, 90_000))), ["o1"], ["o2"])
        order = rng.permutation(ports)
        for a, b in zip(order[::2], order[1::2], strict=False):
            if rng.random() < 0.15:
                take([a, b], add(PDK.roles[Role.CROSSING]), ["o1", "o2"], ["o3", "o4"])
            elif rng.random() < 0.8:
                take([a, b], add(couplers[int(rng.integers(2))]), ["o1", "o2"], ["o4", "o3"])
    outer = {f"in{k}": pin for k, pin in enumerate(inputs)} | {f"out{k}": pin for k, pin in enumerate(front)}
    netlist = Netlist("random", {"random": Cell(parts, tuple(nets), outer)})
    return Bench(netlist, [f"in{k}" for k in range(ports)], [f"out{k}" for k in range(ports)], shifters)
