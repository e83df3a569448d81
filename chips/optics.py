"""One layer as light sees it: its mesh as the engine runs it, and what lies between the mesh and the chip's edge.

    laser ─ source ─► mesh inputs ═══ ahead ═══► output rows ─ detector ─► photodiodes
    photodiodes ◄─ backward ─ mesh inputs ◄═══ back ════ output rows ◄─ inject ─ laser
                    taps' photodiodes ◄═══╝

Both directions of the mesh are lowered from the netlist (`chips.engine`); the rest are single ways (`compiler.paths`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

import jax
import numpy as np
from jax.typing import ArrayLike

from chips import engine
from chips.engine import Circuit, Coefficients, Schedule
from chips.settings import EXCESS_LOSS_DB, Deviations
from compiler.netlist import Flat, Netlist, Pin
from compiler.paths import Hop, Hops, LayerPath, OutputPath
from compiler.tables import WAVELENGTH_UM
from pdk.contract import Pdk, Role

LIGHT_UM_PER_S = 299_792_458e6
"""Speed of light in vacuum (exact, SI)."""


@dataclass(frozen=True, eq=False)
class Beam:
    """Light that runs one way through a mesh, from N inputs to T reads, under F phases."""

    schedule: Schedule
    at: Coefficients

    def fields(self, phases_rad: ArrayLike, x: ArrayLike) -> jax.Array:
        """(…, T, B) for phases (…, F) and fields x (…, N, B) of B samples; see `engine.fields`."""
        return engine.fields(self.schedule, self.at, phases_rad, x)

    def matrix(self, phases_rad: ArrayLike) -> np.ndarray:
        """(…, T, N): the field at each read per field at each input."""
        return np.asarray(engine.matrix(self.schedule, self.at, phases_rad))


@dataclass(frozen=True)
class LayerOptics:
    """A layer of N inputs, C output cells (dumps last), T taps.

    Amplitudes are complex128; with several wavelengths each of them has a leading axis W (left out below).
    """

    ahead: Beam
    """Mesh inputs (N) to output rows (C)."""
    back: Beam
    """Output rows (C), against the light, to the taps' photodiodes (T), the mesh inputs (N), and, where scattering is
    asked for, both ports of each mesh coupler that such light enters by (2 K)."""
    source: np.ndarray
    """(N) laser port to mesh input, modulator open."""
    monitor: np.ndarray
    """(N) laser port to the monitor photodiode, modulator open."""
    backward: np.ndarray
    """(N) mesh input, backwards, to its photodiode."""
    detector: np.ndarray
    """(C) output row to photodiode."""
    inject: np.ndarray
    """(C) laser port to the output row, backwards; modulator open, output shifter at zero phase."""
    reflect: np.ndarray
    """(C) laser port by the loop mirror to the output's photodiode, likewise."""
    returned: np.ndarray
    """(C) laser port by the loop mirror back to the laser port, likewise: through the modulator twice."""
    facet: np.ndarray
    """The chip's optical port alone: amplitude from fibre to chip."""


@dataclass(frozen=True, eq=False)
class LayerCircuit:
    """A layer of a netlist, lowered once: `optics` evaluates it for one chip after another."""

    path: LayerPath
    flat: Flat
    pdk: Pdk
    ahead: Circuit
    back: Circuit

    def optics(self, *, wl_um: float | np.ndarray = WAVELENGTH_UM, deviations: Deviations | None = None) -> LayerOptics:
        """The layer at one wavelength or (W,) with what its devices do differently."""
        path, deviations = self.path, deviations or {}
        ways = _Ways(_ways(path), self.flat, self.pdk, np.asarray(wl_um, dtype=float), deviations)
        own = {name: values for name, values in deviations.items() if name.startswith(f"{path.name}.")}
        at = [beam.coefficients(wl_um=wl_um, settings=own) for beam in (self.ahead, self.back)]
        return LayerOptics(
            ahead=Beam(self.ahead.schedule, at[0]),
            back=Beam(self.back.schedule, at[1]),
            source=ways.stack([entry.source for entry in path.inputs]),
            monitor=ways.stack([entry.monitor for entry in path.inputs]),
            backward=ways.stack([entry.backward for entry in path.inputs]),
            detector=ways.stack([out.detector for out in path.outputs]),
            inject=ways.stack([out.inject for out in path.outputs]),
            reflect=ways.stack([out.reflect for out in path.outputs]),
            returned=ways.stack([_returned(out) for out in path.outputs]),
            facet=ways.amplitude(path.inputs[0].source[:1]),
        )


def layer_circuit(
    path: LayerPath, netlist: Netlist, pdk: Pdk, slots: Mapping[str, int] | None = None, *, scatter: bool = False
) -> LayerCircuit:
    """Lower one layer. `slots`: which phase each phase shifter has; None: tapped ones one each, in their order.
    `scatter`: read backward light at the mesh couplers too, see `chips.scatter`.

    Wavelengths out of the PDK's range are refused (ValueError), here and by `LayerCircuit.optics`.
    """
    links, models = netlist.flat.links, pdk.models()
    slots = slots or {tap.shifter: index for index, tap in enumerate(path.taps)}
    inputs = [Pin(f"{entry.cell}.coupler", "o3") for entry in path.inputs]
    outputs = [Pin(f"{out.cell}.coupler", "o2") for out in path.outputs]
    taps = [links[Pin(tap.drop[-1].path, tap.drop[-1].out)] for tap in path.taps]
    couplings = [c for stage in path.couplings for c in stage] if scatter else []
    met = [Pin(c.path, port) for c in couplings for port in (c.a_out, c.b_out)]
    lower = partial(engine.lower, netlist, models, slots=slots, wavelength_range_um=pdk.wavelength_range_um)
    return LayerCircuit(
        path,
        netlist.flat,
        pdk,
        ahead=lower(into=[links[pin] for pin in inputs], read=outputs),
        back=lower(into=[links[pin] for pin in outputs], read=[*taps, *inputs, *met]),
    )


def oscillator_delay_s(path: LayerPath, flat: Flat, pdk: Pdk) -> float:
    """How much later light reaches an output's photodiode through the mesh than by the loop mirror, nominally.

    All rows are equally long, so the first input and output stand for all.
    """
    through = list(path.inputs[0].source)
    for stage, rows in enumerate(path.segments):
        through += rows[0]
        for c in path.couplings[stage] if stage < len(path.couplings) else ():
            if 0 in (c.a, c.b):
                through.append(Hop(c.path, c.a_in, c.a_out) if c.a == 0 else Hop(c.path, c.b_in, c.b_out))
    output = next(out for out in path.outputs if out.row == 0)
    step_um = 1e-6
    wl_um = np.array([WAVELENGTH_UM, WAVELENGTH_UM + step_um])
    ways = (*through, *output.detector), output.reflect
    found = _Ways(ways, flat, pdk, wl_um, {})
    mesh_rad, mirror_rad = (np.angle(np.divide(*found.amplitude(way))) for way in ways)
    return float(mesh_rad - mirror_rad) * WAVELENGTH_UM**2 / (2 * np.pi * LIGHT_UM_PER_S * step_um)


def phase_slots(path: LayerPath, flat: Flat, pdk: Pdk) -> dict[str, int]:
    """Every phase shifter of the mesh, driven or not, to one of the layer's phases; the P tapped ones come first."""
    hops = (hop.path for rows in path.segments for hops in rows for hop in hops)
    shifters = (name for name in hops if pdk.role_of(flat.leaves[name].component) is Role.PHASE_SHIFTER)
    return {name: index for index, name in enumerate(dict.fromkeys([*(tap.shifter for tap in path.taps), *shifters]))}


def equal_losses(path: LayerPath, flat: Flat, pdk: Pdk, deviations: Deviations) -> Deviations:
    """Deviations that make the losses of all rows equal too: M†M proportional to 1, for tests of exactness.

    Follows the even-mixer convention of `compiler.tables`, so that A_post and A_tot found there become exact (with no
    drawn losses): behind each coupler a row is scaled by the little that it loses less than its partner. What scales it
    is the excess loss of the first device there that no other light passes.
    """
    couplers = [(Hop(c.path, c.a_in, c.a_out), Hop(c.path, c.a_in, c.b_out)) for s in path.couplings for c in s]
    everything = [*couplers, *(hops for rows in path.segments for hops in rows)]
    ways = _Ways(everything, flat, pdk, np.asarray(WAVELENGTH_UM), deviations)
    segment = np.array([[ways.power(hops) for hops in rows] for rows in path.segments])
    scale = np.ones(segment.shape)
    dumps = {out.row for out in path.outputs[path.ports :]}
    after = np.ones(path.rows)
    for stage in reversed(range(len(path.couplings))):
        behind = after * segment[stage + 1]
        after = behind.copy()
        for c in path.couplings[stage]:
            for dump, signal in ((c.a, c.b), (c.b, c.a)):
                if dump in dumps:
                    dumps.remove(dump)
                    behind[dump] = behind[signal]
            kept = ways.power((Hop(c.path, c.a_in, c.a_out),)) + ways.power((Hop(c.path, c.a_in, c.b_out),))
            mean = (behind[c.a] + behind[c.b]) / 2
            for row in (c.a, c.b):
                after[row] = kept * mean
                scale[stage + 1, row] = mean / behind[row]
    total = after[: path.ports] * segment[0, : path.ports]
    scale[0, : path.ports] = total.mean() / total
    changed = {name: dict(values) for name, values in deviations.items()}
    for stage, row in np.argwhere(scale != 1):
        name = _only_its_own(path.segments[stage][row], flat, pdk)
        values = changed.setdefault(name, {})
        values[EXCESS_LOSS_DB] = values.get(EXCESS_LOSS_DB, 0.0) - 10 * float(np.log10(scale[stage, row]))
    return changed


def _only_its_own(hops: Hops, flat: Flat, pdk: Pdk) -> str:
    shared = (Role.TAP, Role.BALANCE_TAP, Role.CROSSING)
    for hop in hops:
        if pdk.role_of(flat.leaves[hop.path].component) not in shared:
            return hop.path
    raise ValueError("found two couplers with nothing between them that could lose light, expected a waveguide")


class _Ways:
    """Amplitudes along hops. Devices of equal component and settings are evaluated in one call of their model."""

    def __init__(self, ways: Iterable[Hops], flat: Flat, pdk: Pdk, wl_um: np.ndarray, deviations: Deviations) -> None:
        self._shape = wl_um.shape
        self._s: dict[str, tuple[dict[tuple[str, str], np.ndarray], int]] = {}
        models = pdk.models()
        groups: dict[tuple, list[str]] = defaultdict(list)
        for name in dict.fromkeys(hop.path for hops in ways for hop in hops):
            leaf, drawn = flat.leaves[name], deviations.get(name, {})
            groups[leaf.component, tuple(sorted(leaf.settings.items())), tuple(sorted(drawn))].append(name)
        for (component, settings, keys), names in groups.items():
            drawn = {key: np.array([deviations[name][key] for name in names])[:, None] for key in keys}
            factor = 10 ** (-np.asarray(drawn.pop(EXCESS_LOSS_DB, 0.0)) / 20)
            s = models[component](wl=np.atleast_1d(wl_um), **(dict(settings) | drawn))
            size = (len(names), max(wl_um.size, 1))
            table = {ports: np.broadcast_to(np.asarray(value) * factor, size) for ports, value in s.items()}
            self._s |= {name: (table, index) for index, name in enumerate(names)}

    def amplitude(self, hops: Hops) -> np.ndarray:
        """Product along a way, (W,) or a scalar array."""
        total = np.ones(self._shape, dtype=complex)
        for hop in hops:
            table, index = self._s[hop.path]
            total = total * table[hop.into, hop.out][index].reshape(self._shape)
        return total

    def power(self, hops: Hops) -> float:
        """Power transmission along a way, at one wavelength."""
        return float(np.abs(self.amplitude(hops)) ** 2)

    def stack(self, ways: list[Hops]) -> np.ndarray:
        """The amplitudes of several ways as one array (…, n), the wavelength axis first."""
        array = np.array([self.amplitude(hops) for hops in ways], dtype=complex)
        return np.moveaxis(array, 0, -1).copy()


def _ways(path: LayerPath) -> Iterable[Hops]:
    for entry in path.inputs:
        yield from (entry.source, entry.monitor, entry.backward)
    for out in path.outputs:
        yield from (out.detector, out.inject, out.reflect, _returned(out))


def _returned(out: OutputPath) -> Hops:
    """Laser port to loop mirror and back to the laser port."""
    tree, (coupler, into, _) = out.inject[:-1], out.inject[-1]
    bounce = out.reflect[len(tree) + 1 : out.reflect.index(Hop(coupler, "o1", "o4"))]
    back = tuple(Hop(hop.path, hop.out, hop.into) for hop in reversed(tree))
    return (*tree, Hop(coupler, into, "o1"), *bounce, Hop(coupler, "o1", into), *back)
