"""Nominal tables of a circuit: all that a trainer may know about a chip before it measures anything.

Everything here follows from the netlist and the PDK's nominal models. No drawn imperfection enters, so a person at the
bench has the same numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from compiler.netlist import Netlist
from compiler.paths import Hops, LayerPath, layer_paths
from pdk.contract import Drive, Model, Pdk

WAVELENGTH_UM = 1.55


@dataclass(frozen=True)
class LayerTable:
    """Nominals of one layer with N ports, D dumps, P tapped phase shifters, C cells of output (C = N + D).

    Powers are transmissions (0..1); the laser port is the reference plane of sources, the mesh side of the boundary
    couplers that of x and y.
    """

    name: str
    ports: int
    dumps: int
    shifters: tuple[str, ...]
    """(P) instance paths of the trainable phase shifters, in the order of every array that has one entry for each."""
    taps: tuple[str, ...]
    """(P) the tap behind each of them."""
    inputs: tuple[str, ...]
    """(N) instance paths of the input cells."""
    outputs: tuple[str, ...]
    """(C) instance paths of the output cells, signals first, then dumps."""
    a_post: np.ndarray
    """(P) power transmission from tap to outputs, dumps counted by their echo."""
    a_tot: float
    """Power transmission from inputs to outputs, the same convention."""
    tap_drop: np.ndarray
    """(P) share of the backward power on the row that reaches the tap's photodiode."""
    echo_gain: np.ndarray
    """(C) amplitude that an output's echo is sent with, relative to the signals': evens out what dumps did not lose."""
    source: np.ndarray
    """(N) power transmission from laser to mesh input, modulator open."""
    monitor: np.ndarray
    """(N) from laser to monitor photodiode, modulator open."""
    backward: np.ndarray
    """(N) from mesh input, backwards, to the photodiode there."""
    detector: np.ndarray
    """(C) from output to photodiode."""
    inject: np.ndarray
    """(C) from laser to output, backwards, modulator open."""
    reflect: np.ndarray
    """(C) from laser by the loop mirror to the output's photodiode, modulator open."""


@dataclass(frozen=True)
class Tables:
    """Nominals of a whole chip."""

    layers: tuple[LayerTable, ...]
    responsivity_a_per_w: float
    drive: Drive
    """What sets a phase shifter."""
    camera: bool = False
    """Whether light is read off the chip, by a camera over gratings."""


def tables(netlist: Netlist, pdk: Pdk) -> Tables:
    """The tables of a designed or extracted circuit. ValueError where the circuit is not a chip of ours."""
    nominal = Nominal(netlist, pdk)
    layers = tuple(_layer(path, nominal) for path in layer_paths(netlist, pdk))
    return Tables(
        layers,
        pdk.value("photodiode_responsivity_a_per_w"),
        pdk.drive,
        pdk.camera,
    )


class Nominal:
    """Transmission of hops under the PDK's nominal models; each distinct device is evaluated once."""

    def __init__(self, netlist: Netlist, pdk: Pdk, wl_um: float = WAVELENGTH_UM) -> None:
        self._device = netlist.device
        self._own: dict[int, dict[tuple[str, str], complex]] = {}
        self._models: Mapping[str, Model] = pdk.models()
        self._cache: dict[Any, dict[tuple[str, str], complex]] = {}
        self._wl_um = wl_um

    def amplitude(self, hops: Hops) -> complex:
        """Product of the complex amplitudes along a way; 1 for an empty one."""
        total = 1.0 + 0j
        for hop in hops:
            total *= self.s_matrix(hop.path)[hop.into, hop.out]
        return total

    def s_matrix(self, path: str) -> dict[tuple[str, str], complex]:
        """The S-matrix of the device at a path, at its nominal settings."""
        leaf = self._device(path)
        if id(leaf) not in self._own:
            key = (leaf.component, *sorted(leaf.settings.items()))
            if key not in self._cache:
                model = self._models[leaf.component]
                s = model(wl=self._wl_um, **leaf.settings)
                self._cache[key] = {ports: complex(value) for ports, value in s.items()}
            self._own[id(leaf)] = self._cache[key]
        return self._own[id(leaf)]

    def power(self, hops: Hops) -> float:
        """Power transmission along a way."""
        return abs(self.amplitude(hops)) ** 2


def _layer(path: LayerPath, nominal: Nominal) -> LayerTable:
    after, echo_gain = _power_to_end(path, nominal)
    power = nominal.power
    rest = [power(path.segments[t.stage][t.row][t.index + 1 :]) for t in path.taps]
    a_post = np.array([after[t.stage, t.row] for t in path.taps]) * rest
    return LayerTable(
        name=path.name,
        ports=path.ports,
        dumps=path.dumps,
        shifters=tuple(t.shifter for t in path.taps),
        taps=tuple(t.path for t in path.taps),
        inputs=tuple(i.cell for i in path.inputs),
        outputs=tuple(o.cell for o in path.outputs),
        a_post=a_post,
        a_tot=float(np.mean([after[0, row] * power(path.segments[0][row]) for row in range(path.ports)])),
        tap_drop=np.array([power(t.drop) for t in path.taps]),
        echo_gain=echo_gain,
        source=np.array([power(i.source) for i in path.inputs]),
        monitor=np.array([power(i.monitor) for i in path.inputs]),
        backward=np.array([power(i.backward) for i in path.inputs]),
        detector=np.array([power(o.detector) for o in path.outputs]),
        inject=np.array([power(o.inject) for o in path.outputs]),
        reflect=np.array([power(o.reflect) for o in path.outputs]),
    )


def _power_to_end(path: LayerPath, nominal: Nominal) -> tuple[np.ndarray, np.ndarray]:
    """Mean power transmission to the outputs, and the echo gain of each output.

    after[s, row]: from just behind segment s of a row, every coupler on the way taken as an even mixer; (S + 1, R).
    The echo of a dump is amplified so that at its attenuator it returns as a signal of that attenuator would.
    """
    stages = len(path.couplings)
    after = np.ones((stages + 1, path.rows))
    dumps = {out.row: index for index, out in enumerate(path.outputs) if index >= path.ports}
    gain = np.ones(len(path.outputs))
    for stage in reversed(range(stages)):
        behind = after[stage + 1] * [nominal.power(hops) for hops in path.segments[stage + 1]]
        after[stage] = behind
        for c in path.couplings[stage]:
            for dump, signal in ((c.a, c.b), (c.b, c.a)):
                if dump in dumps:
                    gain[dumps.pop(dump)] = behind[signal] / behind[dump]
                    behind[dump] = behind[signal]
            s = nominal.s_matrix(c.path)
            kept = abs(s[c.a_in, c.a_out]) ** 2 + abs(s[c.a_in, c.b_out]) ** 2
            after[stage, [c.a, c.b]] = kept * (behind[c.a] + behind[c.b]) / 2
    return after, gain
