"""Three ways to load phases that were trained on the nominal circuit into a chip that differs from it.

blind     the phases themselves, as the nominal shifter makes them
table     through a table of the chip's phase offsets, and of its shifters' P_π or V_π if asked for. The table is the
          twin's own truth: better than any measured one, and free of shots
locked    from there on in closed loop: each layer's matrix is measured and led to the trained one (`chips.lock`)

An offset is pushed through the mesh stage by stage: what is put right is the phase difference that each coupler sees,
and what both its arms have in common goes on to the next. At the outputs it is seen by no photodiode.
"""

import numpy as np

from chips import truth
from chips.bench import Bench
from chips.lock import LockConfig, Locked, lock
from chips.optics import layer_circuit
from chips.twin import Twin
from compiler.netlist import Netlist
from compiler.paths import LayerPath, layer_paths
from compiler.tables import Tables
from pdk.contract import Pdk

LOCKING = LockConfig(steps=300, settled=0.98)
"""A chip loaded through a table is farther off than one that drifted, and it is locked once, not after every drift."""

Phases = tuple[np.ndarray, ...]
"""For each layer (P,) registers, as phases under the nominal P_π."""


def through_table(twin: Twin, netlist: Netlist, pdk: Pdk, phases_rad: Phases, *, shifters: bool = False) -> Phases:
    """Registers that make a chip do what phases_rad do on the nominal circuit, as far as its offsets tell.

    shifters: the table holds the P_π or V_π of every shifter too. Splitters, losses and crosstalk are in no table.
    """
    found, drive = [], pdk.drive
    for index, (path, wanted) in enumerate(zip(layer_paths(netlist, pdk), phases_rad, strict=True)):
        source = layer_circuit(path, netlist, pdk).optics().source
        offsets = truth.offsets(twin, index)
        turned = _turned(path, offsets.devices, offsets.inputs_rad - np.angle(source), wanted)
        found.append(drive.wrapped(turned) * (offsets.p_pi if shifters else 1.0))
    return tuple(found)


def nominal_matrices(netlist: Netlist, pdk: Pdk, tables: Tables, phases_rad: Phases) -> tuple[np.ndarray, ...]:
    """For each layer (C, N): normalised fields at the nominal circuit's outputs per unit amplitude at its inputs."""
    matrices = []
    for path, table, wanted in zip(layer_paths(netlist, pdk), tables.layers, phases_rad, strict=True):
        optics = layer_circuit(path, netlist, pdk).optics()
        matrices.append(optics.ahead.matrix(wanted) * (optics.source / np.abs(optics.source)) / np.sqrt(table.a_tot))
    return tuple(matrices)


def locked(
    bench: Bench, start: Phases, netlist: Netlist, pdk: Pdk, phases_rad: Phases, config: LockConfig = LOCKING
) -> Locked:
    """Lead a calibrated chip from `start` to the matrices that phases_rad make on the nominal circuit."""
    drive = bench.tables.drive
    start = tuple(np.clip(s, drive.least_rad, drive.most_rad) for s in start)
    return lock(bench, start, nominal_matrices(netlist, pdk, bench.tables, phases_rad), config)


def _turned(path: LayerPath, devices: dict[str, float], inputs_rad: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(P,) phases of the shifters with which every coupler sees the phase difference that `wanted` makes nominally."""
    slot = {tap.shifter: index for index, tap in enumerate(path.taps)}
    turned = wanted.copy()
    excess = np.zeros(path.rows)
    excess[: path.ports] = inputs_rad
    driven: dict[int, int] = {}  # the last shifter that each row has passed since it met another
    for segments, couplings in zip(path.segments, path.couplings, strict=False):  # no detector sees what comes after
        for row, hops in enumerate(segments):
            excess[row] += sum(devices.get(hop.path, 0.0) for hop in hops)
            for hop in hops:
                if hop.path in slot:
                    driven[row] = slot[hop.path]
        for coupling in couplings:
            for row, other in ((coupling.a, coupling.b), (coupling.b, coupling.a)):
                if row in driven:
                    turned[driven.pop(row)] += excess[other] - excess[row]
                    excess[row] = excess[other]
                    driven.pop(other, None)
                    break
    return turned
