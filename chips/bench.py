"""The bench: normalised amplitudes in, normalised powers out, through nothing but `Chip.program` and `Chip.measure`.

    x = 1 is √unit_mw at a mesh input; p = 1 is a_tot · unit_mw at an output, so that nominally p = |U x|², U unitary.
    e = 1 sent back from an output has the power that y = 1 came with, times a factor Q² that is divided out again.

unit_mw is chosen so that the amplitude `x_max` opens the modulator with the least light all the way; where a feed tree
is uneven, the others open less. Nominals are those of `compiler.tables`; what was calibrated comes in as `Calibration`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from chips.activation import ACTIVATIONS, Activation
from chips.chip import Chip, Drive, Group
from chips.readout import Readout
from compiler.budget_numbers import LASER_MW
from compiler.network import Design
from compiler.tables import LayerTable, Tables

HIDDEN_BIAS = 1.0
"""Amplitude of the bias port of a layer after the first; the first layer's comes with the data."""


@dataclass(frozen=True)
class Wiring:
    """What the electronics feed into a layer."""

    inputs: int
    """Signals, at ports 0 … inputs − 1."""
    bias_port: int | None
    """Port with a constant amplitude, or none."""
    activation: Activation | None
    """What makes the next layer's amplitudes of this layer's powers; None after the last."""


@dataclass(frozen=True)
class Model:
    """The network as the electronics see it."""

    layers: tuple[Wiring, ...]
    readout: Readout

    @staticmethod
    def of(design: Design, classes: int, gain: float) -> "Model":
        """The model of a design; ValueError where the ports do not hold the classes."""
        rows = zip(design.network.layers, design.network.layer_inputs, design.bias_ports, strict=True)
        layers = tuple(
            Wiring(inputs, bias, ACTIVATIONS[layer.activation] if layer.activation else None)
            for layer, inputs, bias in rows
        )
        loss = "mse" if design.network.loss == "mse" else "cross_entropy"
        return Model(layers, Readout(design.ports, classes, gain, loss))

    def next_inputs(self, layer: int, powers: Any, shift: Any = 0.0, xp: Any = np) -> Any:
        """(…, N) amplitudes ordered from layer + 1's modulators for this layer's powers + shift; dark ports are 0."""
        wiring, activation = self.layers[layer + 1], self.layers[layer].activation
        if activation is None:
            raise ValueError(f"layer {layer}: no activation follows the last layer")
        ports = np.arange(self.readout.ports)
        bias = HIDDEN_BIAS * (ports == wiring.bias_port)
        return activation.apply(powers + shift, xp) * (ports < wiring.inputs) + bias


@dataclass(frozen=True, eq=False)
class LayerCalibration:
    """What was found out about one layer's C output cells. Phases are relative: a common one cancels."""

    per_pi: np.ndarray
    """(C) setting for π of each output phase shifter, in the unit of its drive."""
    lo_sqrt_mw: np.ndarray
    """(C) amplitude of the local oscillator at the detector, source open, in √mW (responsivity taken as nominal)."""
    eta_rad: np.ndarray
    """(C) phase that a source and its mirror add between homodyne and echo: 2ψ + arg r."""
    input_gain: np.ndarray
    """(N) light that an input gets, power relative to nominal; the gains below likewise."""
    detector_gain: np.ndarray
    """(C) reading of a detector."""
    monitor_gain: np.ndarray
    """(N) reading of a monitor."""
    inject_gain: np.ndarray
    """(C) light that an output source sends into the mesh."""
    backward_gain: np.ndarray
    """(N) reading of a photodiode behind an input."""
    uneven: float = 0.0
    """How far M†M was found from a multiple of 1 (spectral norm, relative); the echo needs about 0."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """What a calibration found, for every layer, and the shots that it took."""

    layers: tuple[LayerCalibration, ...]
    shots: int

    @staticmethod
    def nominal(tables: Tables) -> "Calibration":
        """No calibration at all: nominal phase shifters and light, every η taken as 0."""
        return Calibration(
            tuple(
                LayerCalibration(
                    per_pi=np.full(len(t.outputs), tables.drive.per_pi),
                    lo_sqrt_mw=np.sqrt(LASER_MW * t.reflect),
                    eta_rad=np.zeros(len(t.outputs)),
                    input_gain=np.ones(t.ports),
                    detector_gain=np.ones(len(t.outputs)),
                    monitor_gain=np.ones(t.ports),
                    inject_gain=np.ones(len(t.outputs)),
                    backward_gain=np.ones(t.ports),
                )
                for t in tables.layers
            ),
            shots=0,
        )


@dataclass(frozen=True, eq=False)
class Bench:
    """A chip with the numbers that turn openings and currents into amplitudes and powers."""

    chip: Chip
    tables: Tables
    model: Model
    calibration: Calibration
    x_max: tuple[float, ...]
    """Per layer: amplitude that must be reachable on every input."""
    dither: float = 0.1
    """Step of p by which an activation's slope is measured, relative to p + 0.5."""

    @cached_property
    def unit_mw(self) -> tuple[float, ...]:
        """Power of x = 1 in each layer."""
        pairs = zip(self.tables.layers, self.x_max, strict=True)
        return tuple(LASER_MW * float(t.source.min()) / x_max**2 for t, x_max in pairs)

    def random_program(self, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        """Settings of every layer, drawn over the whole range."""
        return tuple(self.tables.drive.limit * rng.random(len(t.shifters)) for t in self.tables.layers)

    def calibrated(self, calibration: Calibration) -> "Bench":
        """The same bench with another calibration."""
        return replace(self, calibration=calibration)

    def settings(self, phases_rad: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
        """Settings of the trainable shifters for phases under the nominal drive."""
        return tuple(self.tables.drive.setting(p) for p in phases_rad)

    def layer(self, index: int) -> LayerTable:
        """Nominals of a layer."""
        return self.tables.layers[index]

    def lo(self, index: int) -> np.ndarray:
        """(C) local oscillator of each output, source open, in units of y."""
        t, found = self.layer(index), self.calibration.layers[index]
        return found.lo_sqrt_mw / np.sqrt(t.detector * found.detector_gain * t.a_tot * self.unit_mw[index])

    def forward(self, index: int, x: np.ndarray, read: tuple[Group, ...] = ("detector",)) -> Mapping[Group, np.ndarray]:
        """Light x (B, N) in; powers p at the detectors (…, B, C) and x² at the monitors (…, B, N)."""
        return self._read(index, Drive(index, read, inputs=self.openings(index, x)))

    def interfere(self, index: int, x: np.ndarray, openings: np.ndarray, settings: np.ndarray) -> np.ndarray:
        """Powers (…, B, C) at the detectors of light x with local oscillators of given openings and settings (B, C)."""
        drive = Drive(
            index,
            ("detector",),
            inputs=self.openings(index, x),
            sources=openings,
            source_settings=settings,
        )
        return self._read(index, drive)["detector"]

    def backward(self, index: int, e: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Amplitudes e (S, B, C) sent back, η put right; powers on the bus at the taps (S, B, P) and at the mesh
        inputs (S, B, N), for e as given. The S shots of one sample share the factor Q that opens the sources wide."""
        t, calibrated = self.layer(index), self.calibration.layers[index]
        reach = np.sqrt(LASER_MW * t.inject * calibrated.inject_gain)
        wanted = np.abs(e) / reach
        largest = wanted.max(axis=(0, 2), keepdims=True)
        openings = wanted / np.where(largest > 0, largest, 1.0)
        flat = e.shape[0] * e.shape[1]
        signs, settings = self.turned(index, (np.angle(e) - calibrated.eta_rad).reshape(flat, -1))
        drive = Drive(index, ("tap", "backward"), sources=signs * openings.reshape(flat, -1), source_settings=settings)
        currents = self.chip.measure(drive)
        scale = largest**2 / self.tables.responsivity_a_per_w
        taps = currents["tap"].reshape(*e.shape[:2], -1) * scale / t.tap_drop
        return taps, currents["backward"].reshape(*e.shape[:2], -1) * scale / (t.backward * calibrated.backward_gain)

    def openings(self, index: int, x: np.ndarray) -> np.ndarray:
        """Openings of the input modulators for amplitudes x, clipped where a modulator is fully open."""
        reach_mw = LASER_MW * self.layer(index).source * self.calibration.layers[index].input_gain
        return np.clip(x * np.sqrt(self.unit_mw[index] / reach_mw), -1.0, 1.0)

    def turned(self, index: int, phases_rad: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How the output sources reach phases (…, C): signs of their openings, and settings for the rest, half a turn
        from no phase on, or of voltages about it, as calibrated. (A whole turn would leave the range of shifters that
        take more than nominal for π.)"""
        drive = self.tables.drive
        start = np.pi / 2 if drive.kind == "electro-optic" else 0.0
        rest = np.mod(phases_rad + start, np.pi) - start
        signs = np.where(np.cos(phases_rad - rest) > 0, 1.0, -1.0)
        return signs, drive.zero + rest / np.pi * self.calibration.layers[index].per_pi

    def _read(self, index: int, drive: Drive) -> dict[Group, np.ndarray]:
        t, found = self.layer(index), self.calibration.layers[index]
        unit = self.unit_mw[index] * self.tables.responsivity_a_per_w
        nominal: dict[Group, np.ndarray] = {
            "detector": unit * t.a_tot * t.detector * found.detector_gain,
            "monitor": unit * t.monitor / t.source * found.monitor_gain,
        }
        return {group: current / nominal[group] for group, current in self.chip.measure(drive).items()}
