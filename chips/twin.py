"""The digital twin: a `Chip` made of a netlist, a PDK's models and one drawn set of imperfections.

What it hides lives behind leading underscores: `program` and `measure` are all that a trainer may touch, `chips.truth`
is for judges. A layer is linear, so a program is solved once, as matrices, and every shot after that is a product:

    x = √P_laser · opening · source ──► y = M x ──► detectors see  detector·(y + R·inject·s) + reflect·s
    taps, inputs ◄── back · inject · s         ◄── s = √P_laser · opening · e^{iψ}

R is what the mesh couplers scatter back, to first order (`chips.scatter`).
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import pi
from typing import Any

import numpy as np

from chips import converters, noise, scatter
from chips.chip import Drive, Group, Photocurrents
from chips.draw import LayerDraw, draw, wavelength_um
from chips.heat import heat
from chips.lowered import lowered
from chips.optics import LayerOptics, equal_losses
from chips.solved import Solved
from chips.variation import Imperfections
from compiler.heat import ThermalTable
from compiler.netlist import Netlist
from compiler.places import Places
from compiler.tables import WAVELENGTH_UM
from pdk.contract import Pdk


@dataclass(frozen=True)
class _Layer:
    """One layer as it came from the fab."""

    name: str
    shifters: tuple[str, ...]
    optics: LayerOptics
    drawn: LayerDraw
    beat_rad: float
    """Noise of the phase between light through the mesh and by the mirrors."""
    reflection: np.ndarray | None
    """(2 K) amplitudes that the mesh couplers send back; None: nothing."""


class Twin:
    """A simulated chip. Implements `chips.chip.Chip`.

    `thermal`: the layout's thermal neighbours. None, where no layout tells distances: no heater warms another. A
    voltage warms nothing: of a process without heaters the table is not used.
    `places`: where the layout puts devices. None: no two have anything in common.
    """

    def __init__(
        self,
        netlist: Netlist,
        pdk: Pdk,
        imperfections: Imperfections,
        seed: int,
        *,
        thermal: ThermalTable | None = None,
        places: Places | None = None,
        wl_um: float = WAVELENGTH_UM,
    ) -> None:
        ready = lowered(netlist, pdk, scatter=imperfections.coupler_reflection_db is not None)
        slots = ready.slots
        self.shots = 0
        """Shots measured so far, K for each shot where K programs are loaded."""
        self._imperfections = imperfections
        self._responsivity = pdk.value("photodiode_responsivity_a_per_w")
        self._drive = pdk.drive
        key = zlib.crc32(b"shot noise")
        self._noise = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(key,)))
        warming = thermal if self._drive.kind == "thermo-optic" else None
        self._heat = heat(ready.paths, slots, warming, imperfections.thermal_crosstalk)
        wl_um = wavelength_um(wl_um, imperfections, seed)
        layers = []
        chip = draw(ready.rosters, imperfections, seed, places)
        for drawn, path, circuit, delay_s in zip(chip, ready.paths, ready.circuits, ready.delays_s, strict=True):
            deviations = drawn.deviations
            if imperfections.equal_losses:
                deviations = equal_losses(path, netlist.flat, pdk, deviations)
            optics = circuit.optics(wl_um=wl_um, deviations=deviations)
            shifters, beat_rad = tuple(tap.shifter for tap in path.taps), noise.phase_noise_rad(imperfections, delay_s)
            layers.append(_Layer(path.name, shifters, optics, drawn, beat_rad, _reflection(imperfections, drawn)))
        self._layers = tuple(layers)
        self._ends = np.cumsum([1 + max(own.values(), default=-1) for own in slots])[:-1]
        """Where the phases of each layer but the last end among those of all."""
        self._drifted_rad = tuple(np.zeros(1 + max(own.values(), default=-1)) for own in slots)
        """For each layer (F,): how far the phase of every shifter of the mesh has walked off."""
        self._solved: list[Solved] = []
        self.program(tuple(np.full(len(layer.shifters), self._drive.zero) for layer in layers))

    def program(self, settings: tuple[np.ndarray, ...]) -> None:
        """Set all trainable phase shifters: for each layer (P,), or (K, P) for K programs.

        Where one layer has K programs, so have all: their heat reaches every layer.
        """
        if len(settings) != len(self._layers):
            raise ValueError(f"program: found {len(settings)} layers, expected {len(self._layers)}")
        own_rad = []
        for layer, values in zip(self._layers, settings, strict=True):
            values = np.asarray(values, dtype=float)
            if values.ndim not in (1, 2) or values.shape[-1] != len(layer.shifters):
                raise ValueError(f"{layer.name}: found settings {values.shape}, expected (…, {len(layer.shifters)})")
            own_rad.append(self._phase_rad(values, layer.drawn.p_pi))
        lead = np.broadcast_shapes(*(own.shape[:-1] for own in own_rad))
        own_rad = [np.broadcast_to(own, (*lead, own.shape[-1])) for own in own_rad]
        together = np.concatenate(own_rad, axis=-1)
        phases = np.split(self._heat.mesh(together), self._ends, axis=-1)
        ends = np.cumsum([layer.optics.inject.size for layer in self._layers])[:-1]
        outputs = np.split(self._heat.outputs(together), ends, axis=-1)
        for warmed, own in zip(phases, own_rad, strict=True):
            warmed[..., : own.shape[-1]] += own
        for each, drifted in zip(phases, self._drifted_rad, strict=True):
            each += drifted
        self._settings = settings
        self._solved = [
            Solved(layer.optics, mesh_rad, output_rad, layer.reflection)
            for layer, mesh_rad, output_rad in zip(self._layers, phases, outputs, strict=True)
        ]

    @property
    def stray(self) -> float:
        """Amplitude that a closed modulator passes, relative to an open one."""
        return converters.stray(self._imperfections.extinction_db)

    @property
    def phase_counts(self) -> tuple[tuple[int, int], ...]:
        """For each layer, its phase shifters (F) and its output cells (C)."""
        return tuple((len(d), la.optics.inject.size) for d, la in zip(self._drifted_rad, self._layers, strict=True))

    def walk_off(
        self, mesh_rad: Sequence[np.ndarray], outputs_rad: Sequence[np.ndarray], mirrors_rad: Sequence[np.ndarray]
    ) -> None:
        """Add to the phases of the chip itself, for each layer: phase shifters of the mesh (F), output shifters (C),
        loop mirrors (C). The program stays. See `chips.drift`; nobody at the bench can do this."""
        self._drifted_rad = tuple(old + new for old, new in zip(self._drifted_rad, mesh_rad, strict=True))
        layers = []
        for layer, output_rad, mirror_rad in zip(self._layers, outputs_rad, mirrors_rad, strict=True):
            outputs, mirrors = layer.drawn.output_phase_rad + output_rad, layer.drawn.mirror_phase_rad + mirror_rad
            drawn = replace(layer.drawn, output_phase_rad=outputs, mirror_phase_rad=mirrors)
            layers.append(replace(layer, drawn=drawn))
        self._layers = tuple(layers)
        self.program(self._settings)

    def measure(self, drive: Drive) -> Photocurrents:
        """Run a batch of shots through one layer and read the photodiodes asked for: (B, n), or (K, B, n)."""
        if not 0 <= drive.layer < len(self._layers):
            raise ValueError(f"drive: found layer {drive.layer}, expected 0 … {len(self._layers) - 1}")
        layer, solved = self._layers[drive.layer], self._solved[drive.layer]
        inputs, sources = self._light(drive, layer)
        shots = (*solved.phases_rad.shape[:-1], len(inputs))
        self.shots += int(np.prod(shots, dtype=int))
        strength = 1 + self._fluctuation(noise.intensity_noise(self._imperfections), shots)
        drawn, fields = layer.drawn, self._fields(drive, layer, solved, inputs, sources)
        read: dict[Group, np.ndarray] = {}
        for group, field in fields.items():
            current_ma = strength * (self._responsivity * drawn.responsivity[group] * np.abs(field) ** 2)
            read[group] = self._read(group, drawn, np.broadcast_to(current_ma, (*shots, current_ma.shape[-1])))
        return read

    def _fields(
        self, drive: Drive, layer: _Layer, solved: Solved, inputs: np.ndarray, sources: np.ndarray
    ) -> dict[Group, np.ndarray]:
        """Fields at the photodiodes of each group that is read, (…, B, n) in √mW, for the light of `_light`."""
        optics, drawn, taps = layer.optics, layer.drawn, len(layer.shifters)
        both = drive.inputs is not None and drive.sources is not None
        forward: np.ndarray | float = 0.0
        if both or "detector" in drive.read:
            forward = (inputs * optics.source) @ np.swapaxes(solved.ahead, -1, -2)
        if (reflection_db := self._imperfections.facet_reflection_db) is not None:
            mirrors_rad = drawn.mirror_phase_rad
            again = scatter.port_factor(reflection_db, optics, mirrors_rad, forward, sources, drive.laser_mw)
            inputs, forward, sources = inputs * again, forward * again, sources * again
        found: dict[Group, np.ndarray] = {}
        for group in drive.read:
            if group == "monitor":
                found[group] = inputs * optics.monitor
            elif group == "detector":
                late = sources * np.exp(1j * self._fluctuation(layer.beat_rad if both else 0.0, sources.shape[:-1]))
                found[group] = forward * optics.detector
                found[group] = found[group] + late * (optics.reflect * np.exp(1j * drawn.mirror_phase_rad))
                if solved.scattered is not None:
                    turned = (sources * optics.inject) @ np.swapaxes(solved.scattered, -1, -2)
                    found[group] = found[group] + turned * optics.detector
            else:
                read = slice(0, taps) if group == "tap" else slice(taps, taps + optics.source.size)
                found[group] = (sources * optics.inject) @ np.swapaxes(solved.back[..., read, :], -1, -2)
                if group == "backward":
                    found[group] = found[group] * optics.backward
        return found

    def _fluctuation(self, sigma: float, shots: tuple[int, ...]) -> np.ndarray:
        """(…, B, 1) of the laser, the same for all that is read in a shot; 0 where there is none."""
        return sigma * self._noise.standard_normal((*shots, 1)) if sigma else np.zeros(1)

    def _read(self, group: Group, drawn: LayerDraw, current_ma: np.ndarray) -> np.ndarray:
        """Photocurrents through an amplifier and a converter each."""
        real, gain = self._imperfections, drawn.gain[group]
        return converters.read(
            gain * current_ma,
            bits=real.adc_bits,
            noise=real.tap_noise if group == "tap" else real.receiver_noise,
            rng=self._noise,
            noise_ma=gain * noise.current_noise_ma(current_ma, real),
            offset=drawn.offset[group],
        )

    def _phase_rad(self, settings: np.ndarray, p_pi: np.ndarray) -> np.ndarray:
        """What phase shifters do to their own waveguides, through the DAC."""
        reached = converters.dac(settings, self._imperfections.dac_bits, full_scale=self._drive.limit)
        return pi * (reached - self._drive.zero) / (self._drive.per_pi * p_pi)

    def _light(self, drive: Drive, layer: _Layer) -> tuple[np.ndarray, np.ndarray]:
        """Amplitudes behind the modulators, as if each had the laser port in front of it: (B, N), (…, B, C) in √mW."""
        inputs = _rows(drive.inputs, layer.optics.source.size, f"{layer.name}: inputs")
        sources = _rows(drive.sources, layer.optics.inject.size, f"{layer.name}: sources")
        what, size = f"{layer.name}: source settings", layer.optics.inject.size
        settings = _rows(drive.source_settings, size, what, self._drive.zero)
        sizes = {len(a) for a in (inputs, sources, settings)} - {1}
        if len(sizes) > 1:
            raise ValueError(f"{layer.name}: found batches of {sorted(sizes)} shots, expected one size")
        batch = max(sizes, default=1)
        own_rad = self._phase_rad(settings, layer.drawn.source_p_pi)
        warmed_rad = self._solved[drive.layer].output_rad[..., None, :] + own_rad @ self._heat.sources[drive.layer].T
        turned_rad = own_rad + warmed_rad + layer.drawn.output_phase_rad
        field = np.sqrt(drive.laser_mw)
        into = field * self._opening(inputs) * np.exp(1j * layer.drawn.input_phase_rad)
        back = field * self._opening(sources) * np.exp(1j * turned_rad)
        back = np.broadcast_to(back, (*back.shape[:-2], batch, back.shape[-1]))
        return np.broadcast_to(into, (batch, into.shape[1])), back

    def _opening(self, value: np.ndarray) -> np.ndarray:
        return converters.opening(value, self._imperfections.dac_bits, self._imperfections.extinction_db)


def _reflection(imperfections: Imperfections, drawn: LayerDraw) -> np.ndarray | None:
    """(2 K) of the mesh couplers; None where they do not reflect."""
    if imperfections.coupler_reflection_db is None:
        return None
    return scatter.amplitude(imperfections.coupler_reflection_db) * np.exp(1j * drawn.reflection_rad)


def _rows(values: np.ndarray | None, size: int, what: str, otherwise: float = 0.0) -> np.ndarray:
    """(B, size); `otherwise` where nothing was given."""
    array = np.atleast_2d(np.full(size, otherwise) if values is None else np.asarray(values, dtype=float))
    if array.ndim != 2 or array.shape[1] != size:
        raise ValueError(f"{what}: found {array.shape}, expected (shots, {size})")
    return array


def noise_state(twin: Twin) -> dict[str, Any]:
    """Where a twin's noise stream stands, as JSON holds it: what a run needs beside its own state to go on exactly."""
    return dict(twin._noise.bit_generator.state)


def restore_noise(twin: Twin, state: dict[str, Any]) -> None:
    """Put a twin's noise stream where `noise_state` found it; ValueError where it is no such state."""
    try:
        twin._noise.bit_generator.state = state
    except (TypeError, KeyError) as error:
        raise ValueError(f"not the state of a noise stream: {error}") from error
