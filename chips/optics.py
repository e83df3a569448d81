"""One layer as arrays: what the light paths of a netlist become under the PDK's models.

Stages run from the inputs to the outputs. Before stage s every row passes a segment; in stage s pairs of rows meet:

    row a ──[ segment · e^{i phase} ]──╲  ╱── own·a + cross·b
                                        ╳                        own[s, r], cross[s, r]: into what leaves on row r
    row b ──[ segment · e^{i phase} ]──╱  ╲──

All devices are reciprocal (`compiler.paths`), so the same numbers serve the light that runs back.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from chips.settings import EXCESS_LOSS_DB, Deviations
from compiler.netlist import Flat
from compiler.paths import Hop, Hops, InputPath, LayerPath, OutputPath, TapPoint
from compiler.tables import WAVELENGTH_UM
from pdk.contract import Pdk, Role

__all__ = ["EXCESS_LOSS_DB", "Deviations", "LayerOptics", "equal_losses", "layer_optics", "phase_slots"]


@dataclass(frozen=True)
class LayerOptics:
    """A layer of N inputs, C output cells (dumps last), R rows, S stages, T taps.

    Amplitudes are complex128; with several wavelengths each of them has a leading axis W (left out below).
    """

    segment: np.ndarray
    """(S + 1, R) transmission with every phase shifter at zero phase; the last leads to the outputs."""
    shifter: np.ndarray
    """(S + 1, R) which of the layer's phases turns the light of the segment, −1 for none."""
    partner: np.ndarray
    """(S, R) the row that a row meets; itself where it passes a stage alone."""
    own: np.ndarray
    """(S, R) amplitude from a row to itself (bar); 1 where it is alone."""
    cross: np.ndarray
    """(S, R) amplitude from the partner into the row; 0 where it is alone."""
    output_row: np.ndarray
    """(C) the row that leads to each output cell."""
    tap_stage: np.ndarray
    """(T) segment of each tap."""
    tap_row: np.ndarray
    """(T) row of each tap."""
    tap_reach: np.ndarray
    """(T) from just behind the tap (its bus port far from the input) to the segment's end."""
    tap_drop: np.ndarray
    """(T) from that bus port to the tap's photodiode."""
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


def layer_optics(
    path: LayerPath,
    flat: Flat,
    pdk: Pdk,
    *,
    wl_um: float | np.ndarray = WAVELENGTH_UM,
    deviations: Deviations | None = None,
    slots: Mapping[str, int] | None = None,
) -> LayerOptics:
    """The arrays of one layer. `wl_um`: one wavelength or (W,). ValueError where a segment has two tapped shifters.

    `slots`: which phase each phase shifter has; None: tapped ones one each, in their order, the others none.
    """
    ways = _Ways(path, flat, pdk, np.asarray(wl_um, dtype=float), deviations or {})
    slots = slots or {tap.shifter: index for index, tap in enumerate(path.taps)}
    partner, own, cross = _couplings(path, ways)
    return LayerOptics(
        segment=ways.stack([[ways.amplitude(hops) for hops in rows] for rows in path.segments]),
        shifter=np.array([[_only_phase(hops, slots) for hops in rows] for rows in path.segments]),
        partner=partner,
        own=own,
        cross=cross,
        output_row=np.array([out.row for out in path.outputs]),
        tap_stage=np.array([tap.stage for tap in path.taps], dtype=int),
        tap_row=np.array([tap.row for tap in path.taps], dtype=int),
        tap_reach=ways.stack([ways.amplitude(_behind(path, tap)) for tap in path.taps]),
        tap_drop=ways.stack([ways.amplitude(tap.drop) for tap in path.taps]),
        source=ways.stack([ways.amplitude(entry.source) for entry in path.inputs]),
        monitor=ways.stack([ways.amplitude(entry.monitor) for entry in path.inputs]),
        backward=ways.stack([ways.amplitude(entry.backward) for entry in path.inputs]),
        detector=ways.stack([ways.amplitude(out.detector) for out in path.outputs]),
        inject=ways.stack([ways.amplitude(out.inject) for out in path.outputs]),
        reflect=ways.stack([ways.amplitude(out.reflect) for out in path.outputs]),
    )


def phase_slots(path: LayerPath, flat: Flat, pdk: Pdk) -> dict[str, int]:
    """Every phase shifter of the mesh, driven or not, to one of the layer's phases.

    The P tapped ones come first. An undriven one shares the phase of the tapped one in its segment, or has one with the
    other undriven ones there: between two couplers only the sum of the phases shows.
    """
    slots = {tap.shifter: index for index, tap in enumerate(path.taps)}
    used = len(slots)
    for hops in (hops for rows in path.segments for hops in rows):
        names = [hop.path for hop in hops if pdk.role_of(flat.leaves[hop.path].component) is Role.PHASE_SHIFTER]
        if names:
            slot = next((slots[name] for name in names if name in slots), used)
            used = max(used, slot + 1)
            slots |= {name: slot for name in names if name not in slots}
    return slots


def equal_losses(optics: LayerOptics, signals: int) -> LayerOptics:
    """The same layer with the losses of all rows made equal: M†M proportional to 1, for tests of exactness.

    Follows the even-mixer convention of `compiler.tables`, so that A_post and A_tot found there become exact (with no
    drawn losses): each coupler's output is scaled by the little that its row loses less than its partner's. `signals`
    is the number of output cells that are not dumps.
    """
    segment, own, cross = optics.segment.copy(), optics.own.copy(), optics.cross.copy()
    rows = np.arange(own.shape[-1])
    dumps = set(optics.output_row[signals:].tolist())
    after = np.ones(segment.shape[:-2] + segment.shape[-1:])
    for stage in reversed(range(own.shape[-2])):
        behind = after * np.abs(segment[..., stage + 1, :]) ** 2
        partner = optics.partner[stage]
        for dump in [row for row in dumps if partner[row] != row]:
            behind[..., dump] = behind[..., partner[dump]]
            dumps.remove(dump)
        kept = np.abs(own[..., stage, :]) ** 2 + np.abs(cross[..., stage, :]) ** 2
        after = np.where(partner != rows, kept * (behind + behind[..., partner]) / 2, behind)
        scale = np.sqrt(after / (behind * kept))
        own[..., stage, :] *= scale
        cross[..., stage, :] *= scale
    inputs = optics.source.shape[-1]
    total = after[..., :inputs] * np.abs(segment[..., 0, :inputs]) ** 2
    segment[..., 0, :inputs] *= np.sqrt(total.mean(axis=-1, keepdims=True) / total)
    return replace(optics, segment=segment, own=own, cross=cross)


class _Ways:
    """Amplitudes along hops. Devices of equal component and settings are evaluated in one call of their model."""

    def __init__(self, path: LayerPath, flat: Flat, pdk: Pdk, wl_um: np.ndarray, deviations: Deviations) -> None:
        self._shape = wl_um.shape
        self._s: dict[str, tuple[dict[tuple[str, str], np.ndarray], int]] = {}
        models = pdk.models()
        groups: dict[tuple, list[str]] = defaultdict(list)
        for name in dict.fromkeys(_devices(path)):
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

    def stack(self, values: list) -> np.ndarray:
        """Nested lists of amplitudes as one array, the wavelength axis first."""
        array = np.array(values, dtype=complex)
        return np.moveaxis(array, -1, 0).copy() if self._shape else array


def _devices(path: LayerPath) -> Iterable[str]:
    ways: list[Hops] = [hops for rows in path.segments for hops in rows]
    ways += [tap.drop for tap in path.taps]
    ways += [way for entry in path.inputs for way in _input_ways(entry)]
    ways += [way for out in path.outputs for way in _output_ways(out)]
    yield from (hop.path for hops in ways for hop in hops)
    yield from (coupling.path for stage in path.couplings for coupling in stage)


def _input_ways(entry: InputPath) -> tuple[Hops, ...]:
    return entry.source, entry.monitor, entry.backward


def _output_ways(out: OutputPath) -> tuple[Hops, ...]:
    return out.detector, out.inject, out.reflect


def _couplings(path: LayerPath, ways: _Ways) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Partner (S, R), own and cross (…, S, R)."""
    stages, rows = len(path.couplings), path.rows
    lead = ways.amplitude(()).shape
    partner = np.tile(np.arange(rows), (stages, 1))
    own, cross = np.ones((*lead, stages, rows), complex), np.zeros((*lead, stages, rows), complex)
    for stage, pairs in enumerate(path.couplings):
        for c in pairs:
            partner[stage, [c.a, c.b]] = c.b, c.a
            for row, into, other, out in ((c.a, c.a_in, c.b_in, c.a_out), (c.b, c.b_in, c.a_in, c.b_out)):
                own[..., stage, row] = ways.amplitude((Hop(c.path, into, out),))
                cross[..., stage, row] = ways.amplitude((Hop(c.path, other, out),))
    return partner, own, cross


def _behind(path: LayerPath, tap: TapPoint) -> Hops:
    return path.segments[tap.stage][tap.row][tap.index + 1 :]


def _only_phase(hops: Hops, slots: Mapping[str, int]) -> int:
    found = list({slots[hop.path] for hop in hops if hop.path in slots})
    if len(found) > 1:
        raise ValueError(
            f"{hops[0].path}: found {len(found)} tapped shifters between two couplers, expected one at most"
        )
    return found[0] if found else -1
