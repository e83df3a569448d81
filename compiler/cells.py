"""The small circuits that every chip is made of: MZI, taps, edge dummy, boundary cells, feed tree.

Each function returns the `Cell` of one level; the names given here are the ones that a user reads in the netlist, the
GDS, the training history and the report.
"""

from collections.abc import Mapping
from itertools import pairwise

from compiler.names import leaf
from compiler.netlist import Cell, Instance, Pin
from pdk.contract import Pdk, Role

BACKWARD_TAP, BLIND_TAP, BALANCE = "backward_tap", "blind_tap", "balance"
MZI, EDGE, ATTENUATOR = "mzi", "edge", "mzi_attenuator"
INPUT, OUTPUT = "input_cell", "output_cell"
DRIVEN = ("phi", "theta", "shifter")
"""Names of the phase shifters that a program sets; nothing drives their twins and those of edge dummies."""


def cell(instances: Mapping[str, str], nets: list[tuple[str, str]], ports: Mapping[str, str]) -> Cell:
    """A cell from names: instance → component, nets and ports as `instance,port`."""
    return Cell(
        {name: Instance(component) for name, component in instances.items()},
        tuple((Pin.parse(a), Pin.parse(b)) for a, b in nets),
        {name: Pin.parse(pin) for name, pin in ports.items()},
    )


def backward_tap(pdk: Pdk) -> Cell:
    """A tap whose photodiode sees the light that runs from right to left, and nothing else.

    pd ──o2        o3── end
            tap
    o1 ──o1        o4── o2
    """
    return _tap(pdk, Role.TAP, Role.PHOTODIODE, "pd")


def blind_tap(pdk: Pdk) -> Cell:
    """The tap's twin on the other arm: same length, same loss, nothing reads it."""
    return _tap(pdk, Role.TAP, Role.TERMINATION, "end_2")


def balance(pdk: Pdk) -> Cell:
    """A stronger tap without a reader: it loses what two splitters lose, on the rows that pass none."""
    return _tap(pdk, Role.BALANCE_TAP, Role.TERMINATION, "end_2")


def _tap(pdk: Pdk, tap: Role, reader: Role, reader_name: str) -> Cell:
    parts = {"tap": pdk.roles[tap], reader_name: pdk.roles[reader], "end": pdk.roles[Role.TERMINATION]}
    nets = [("tap,o2", f"{reader_name},o1"), ("tap,o3", "end,o1")]
    return cell(parts, nets, {"o1": "tap,o1", "o2": "tap,o4"})


def mzi(pdk: Pdk) -> Cell:
    """Mach-Zehnder interferometer with its tapped phase shifters and their undriven twins.

    o2 ─ phi ─ phi_tap ──────────╲           ╱─ theta ─ theta_tap ───────────╲           ╱─ o3
                                  coupler_1                                   coupler_2
    o1 ─ phi_twin ─ phi_twin_tap ╱           ╲─ theta_twin ─ theta_twin_tap ─╱           ╲─ o4
    """
    parts, nets = _mzi_parts(pdk)
    return cell(parts, nets, {"o1": "phi_twin,o1", "o2": "phi,o1", "o3": "coupler_2,o3", "o4": "coupler_2,o4"})


def mzi_attenuator(pdk: Pdk) -> Cell:
    """The same MZI as an attenuator: its lower input is dark, its lower output (o3) is the dump.

    Ports: o1 signal in (left), o2 signal out (upper right), o3 dump (lower right).
    """
    parts, nets = _mzi_parts(pdk)
    parts |= {"dark": pdk.roles[Role.TERMINATION]}
    nets += [("dark,o1", "phi_twin,o1")]
    return cell(parts, nets, {"o1": "phi,o1", "o2": "coupler_2,o3", "o3": "coupler_2,o4"})


def _mzi_parts(pdk: Pdk) -> tuple[dict[str, str], list[tuple[str, str]]]:
    shifter, splitter = pdk.roles[Role.PHASE_SHIFTER], pdk.roles[Role.SPLITTER_2X2]
    parts: dict[str, str] = {}
    nets: list[tuple[str, str]] = []
    for phase, coupler, before in (("phi", "coupler_1", None), ("theta", "coupler_2", "coupler_1")):
        twin = f"{phase}_twin"
        parts |= {phase: shifter, f"{phase}_tap": BACKWARD_TAP, twin: shifter, f"{twin}_tap": BLIND_TAP}
        parts |= {coupler: splitter}
        if before:
            nets += [(f"{before},o3", f"{phase},o1"), (f"{before},o4", f"{twin},o1")]
        nets += [(f"{phase},o2", f"{phase}_tap,o1"), (f"{phase}_tap,o2", f"{coupler},o2")]
        nets += [(f"{twin},o2", f"{twin}_tap,o1"), (f"{twin}_tap,o2", f"{coupler},o1")]
    return parts, nets


def edge(pdk: Pdk) -> Cell:
    """What a row passes where its column has no MZI for it: equal in length and, to a residual, in loss."""
    shifter = pdk.roles[Role.PHASE_SHIFTER]
    parts = {"shifter_1": shifter, "tap_1": BLIND_TAP, "balance": BALANCE, "shifter_2": shifter, "tap_2": BLIND_TAP}
    order = list(parts)
    nets = [(f"{a},o2", f"{b},o1") for a, b in pairwise(order)]
    return cell(parts, nets, {"o1": "shifter_1,o1", "o2": "tap_2,o2"})


def input_cell(pdk: Pdk) -> Cell:
    """A modulator on fresh light, and the two photodiodes of the 2x2 coupler between it and the mesh.

    o1 ─ modulator ─┐         ┌─ o2 (mesh)
                     coupler
           backward ─┘         └─ monitor
    """
    diode = pdk.roles[Role.PHOTODIODE]
    parts = {
        "modulator": pdk.roles[Role.MODULATOR],
        "coupler": pdk.roles[Role.SPLITTER_2X2],
        "backward": diode,
        "monitor": diode,
    }
    nets = [("modulator,o2", "coupler,o2"), ("coupler,o1", "backward,o1"), ("coupler,o4", "monitor,o1")]
    return cell(parts, nets, {"o1": "modulator,o1", "o2": "coupler,o3"})


def output_cell(pdk: Pdk) -> Cell:
    """Injector, local oscillator and detector in one: loop mirror and mesh on the same side of the coupler.

    o1 (mesh) ─┐         ┌─ shifter ─ modulator ─ o2
                coupler
       mirror ─┘         └─ detector
    """
    parts = {
        "coupler": pdk.roles[Role.SPLITTER_2X2],
        "mirror": pdk.roles[Role.LOOP_MIRROR],
        "detector": pdk.roles[Role.PHOTODIODE],
        "shifter": pdk.roles[Role.PHASE_SHIFTER],
        "modulator": pdk.roles[Role.MODULATOR],
    }
    nets = [("coupler,o1", "mirror,o1"), ("coupler,o4", "detector,o1"), ("coupler,o3", "shifter,o1")]
    nets += [("shifter,o2", "modulator,o1")]
    return cell(parts, nets, {"o1": "coupler,o2", "o2": "modulator,o2"})


def feed(pdk: Pdk, leaves: int) -> Cell:
    """A tree of 2x2 splitters, each with its fourth port terminated, so that returning light dies in it.

    o1 is the root; o2 … are the leaves, row 0 first. Leaves of an uneven tree differ in power by a factor of two.
    """
    splitter, end = pdk.roles[Role.SPLITTER_2X2], pdk.roles[Role.TERMINATION]
    parts: dict[str, str] = {}
    nets: list[tuple[str, str]] = []
    ports: dict[str, str] = {}

    def grow(source: str | None, first: int, count: int) -> None:
        name = f"split_{first}_{first + count - 1}"
        if source is None:
            ports["o1"] = f"{name},o2"
        elif count == 1:
            ports[leaf(first)] = source
            return
        else:
            nets.append((source, f"{name},o2"))
        parts.update({name: splitter, f"end_{first}_{first + count - 1}": end})
        nets.append((f"{name},o1", f"end_{first}_{first + count - 1},o1"))
        upper = (count + 1) // 2
        grow(f"{name},o3", first, upper)
        grow(f"{name},o4", first + upper, count - upper)

    grow(None, 0, leaves)
    return cell(parts, nets, ports)
