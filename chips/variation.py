"""What makes a real chip differ from its drawing: how strongly, and one drawn chip.

Every imperfection has a random stream of its own, keyed by its name, so that adding one leaves the others as they are.
Draws are values per device path; nothing of them is known to a trainer.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import pi

import numpy as np

from chips.settings import EXCESS_LOSS_DB
from compiler.netlist import Netlist
from compiler.paths import LayerPath
from pdk.contract import Pdk, Role


@dataclass(frozen=True)
class Imperfections:
    """How strongly each imperfection acts. Spreads are standard deviations; ranges are uniform from 0.

    The defaults are those of the project's simulations of training on the chip (assumed: pessimistic for published
    meshes such as that of Pai et al., Science 380, 398 (2023), doi:10.1126/science.ade8450).
    """

    splitter_imbalance_rad: float = 0.02
    """2x2 couplers of a mesh or a crossbar: spread of the angle about π/4 whose squared sine crosses; 0.02 is 2 % of
    the power."""
    boundary_imbalance_rad: float = 0.02
    """The same for the 2x2 couplers of input cells, output cells and the feed tree."""
    phase_offset_rad: float = 2 * pi
    """Range of the phase that every phase shifter and every undriven twin adds: waveguides of 100 µm are longer or
    shorter by many wavelengths' worth of index."""
    loss_spread_db: float = 0.01
    """Loss of each arm of an MZI and of each shifter of an edge dummy, about the netlist's own (assumed)."""
    p_pi_spread: float = 0.05
    """Relative spread of the heater power for π (assumed: heater width and oxide thickness)."""
    correlation_length_mm: float = 4.5
    """Distance over which the correlated share of a spread falls to 1/e: waveguide width and thickness over a wafer
    (Lu et al., Opt. Express 25, 9712 (2017), doi:10.1364/OE.25.009712). 0, or a chip without a layout: none does."""
    correlated_share: float = 0.5
    """Share of each spread's variance that neighbours have in common (assumed: half comes from the wafer's slow
    variation, half from the edges of each device)."""
    thermal_crosstalk: float = 1.0
    """How much of the layout's thermal-neighbour table holds: 1 is what its distances say, 0 switches heat off. A
    netlist alone knows no distances, and has no crosstalk."""
    responsivity_spread: float = 0.05
    """Relative spread of the photodiodes' responsivity, uncalibrated (assumed)."""
    gain_spread: float = 0.05
    """Relative spread of the gain of read-out amplifiers (assumed: uncalibrated feedback resistors on one chip)."""
    offset_spread: float = 0.002
    """Spread of an amplifier's offset, as a share of its converter's range (assumed: nulled in the dark, to half a step
    of 8 bits)."""
    activation_gain_spread: float = 0.05
    """Relative spread of the drive of a crossbar's activation modulators, replicas included (assumed)."""
    activation_bias_rad: float = 0.05
    """Spread of their bias about its set point (assumed: set once by minimum and maximum of the light)."""
    extinction_db: float | None = 25.0
    """What a modulator still passes at its darkest, below its brightest; None: nothing (assumed: as the process's
    `modulator_extinction_db`, arms and splitters balanced within 5 %)."""
    source_phase_rad: float = 2 * pi
    """Range of the phase of every source, input or output, at its modulator: unknown path lengths in the feed tree."""
    mirror_phase_rad: float = 2 * pi
    """Range of the phase that each loop mirror adds: unknown path length."""
    wavelength_offset_nm: float = 0.1
    """Spread of the laser's wavelength about the design's (assumed: a 100 GHz grid's laser, locked to an eighth of its
    0.8 nm)."""
    tap_noise: float = 0.01
    """Noise of a tap's reading, as a share of its converter's range."""
    receiver_noise: float = 0.005
    """Noise of any other photodiode's reading, as a share of its converter's range."""
    shot_noise: float = 1.0
    """Scale of the shot noise 2 q I B of a photocurrent's power: 1 is physics, 0 is off."""
    thermal_noise_pa_per_rthz: float = 5.0
    """Input noise of the transimpedance amplifiers, pA/√Hz (Analog Devices LTC6560, near 10 MHz)."""
    bandwidth_ghz: float = 0.01
    """Noise bandwidth of a reading (assumed: 10 million shots a second, so that the shots of a mini-batch take about as
    long as heaters need to settle); 0: no shot noise, thermal noise, laser noise."""
    rin_db_per_hz: float | None = -150.0
    """Relative intensity noise of the laser, common to all that is read in one shot; None: none (assumed: a typical
    distributed-feedback laser)."""
    linewidth_khz: float = 1000.0
    """Linewidth of the laser (assumed: a typical distributed-feedback laser): phase noise between two ways of different
    lengths."""
    coupler_reflection_db: float | None = -40.0
    """Power that a 2x2 coupler reflects into the port it came by; None: none (assumed: 10 dB below the bound of -30 dB
    that low-coherence reflectometry set for MMI couplers in InP; tapered ports)."""
    facet_reflection_db: float | None = -30.0
    """Power that the chip's optical port sends back of what leaves by it; None: none (assumed: an angled facet with an
    anti-reflection coating)."""
    drift_rad: float = 0.0
    """Random walk of every phase shifter's own phase: standard deviation for each step of a drift. 0: a drift is asked
    for, not a property of a chip."""
    mirror_drift_rad: float = 0.0
    """The same for the phase of every loop mirror."""
    dac_bits: int | None = 8
    """Resolution of heater and modulator drives; None is exact."""
    adc_bits: int | None = 8
    """Resolution of every reading; None is exact."""
    equal_losses: bool = False
    """All rows lose the same (`optics.equal_losses`): the case in which the echo is exact. Tests only."""

    @staticmethod
    def real() -> "Imperfections":
        """Everything at its default."""
        return Imperfections()

    @staticmethod
    def ideal() -> "Imperfections":
        """Nothing: no spread, no noise, no quantisation; `dataclasses.replace` puts single ones back."""
        off = {"equal_losses": False} | dict.fromkeys(OPTIONAL)
        return Imperfections(**{f.name: off.get(f.name, 0.0) for f in fields(Imperfections)})


OPTIONAL = ("extinction_db", "rin_db_per_hz", "coupler_reflection_db", "facet_reflection_db", "dac_bits", "adc_bits")
"""Fields that None switches off, because 0 would mean something."""


@dataclass(frozen=True)
class LayerDraw:
    """What was drawn for one layer of N inputs, C output cells, P tapped shifters."""

    deviations: Mapping[str, Mapping[str, float]]
    """Device path to settings of its model, as `LayerCircuit.optics` takes them."""
    p_pi: np.ndarray
    """(P) heater power for π, relative to nominal."""
    source_p_pi: np.ndarray
    """(C) the same for the output shifters."""
    input_phase_rad: np.ndarray
    """(N)"""
    output_phase_rad: np.ndarray
    """(C)"""
    mirror_phase_rad: np.ndarray
    """(C)"""
    responsivity: Mapping[str, np.ndarray]
    """Group of photodiodes to (n) responsivities, relative to nominal."""


Draw = tuple[LayerDraw, ...]


def draw(paths: tuple[LayerPath, ...], netlist: Netlist, pdk: Pdk, imperfections: Imperfections, seed: int) -> Draw:
    """One chip. The same arguments give the same chip."""
    return tuple(_layer(path, netlist, pdk, imperfections, seed) for path in paths)


def _layer(path: LayerPath, netlist: Netlist, pdk: Pdk, imperfections: Imperfections, seed: int) -> LayerDraw:
    leaves = {name: leaf for name, leaf in netlist.flat.leaves.items() if name.startswith(f"{path.name}.")}
    role = {name: pdk.role_of(leaf.component) for name, leaf in leaves.items()}
    mesh = {coupling.path for stage in path.couplings for coupling in stage}
    couplers = [name for name, r in role.items() if r is Role.SPLITTER_2X2]
    inner, outer = [c for c in couplers if c in mesh], [c for c in couplers if c not in mesh]
    boundary = {out.shifter for out in path.outputs}
    arms = [name for name, r in role.items() if r is Role.PHASE_SHIFTER and name not in boundary]
    taps, inputs, outputs = len(path.taps), len(path.inputs), len(path.outputs)

    def normal(field: str, count: int, what: str = "") -> np.ndarray:
        return getattr(imperfections, field) * _stream(seed, path.name, field, what).standard_normal(count)

    def uniform(field: str, count: int, what: str = "") -> np.ndarray:
        return getattr(imperfections, field) * _stream(seed, path.name, field, what).random(count)

    inner_rad, outer_rad = normal("splitter_imbalance_rad", len(inner)), normal("boundary_imbalance_rad", len(outer))
    deviations = {name: {"imbalance_rad": float(v)} for name, v in zip(inner, inner_rad, strict=True)}
    deviations |= {name: {"imbalance_rad": float(v)} for name, v in zip(outer, outer_rad, strict=True)}
    loss_db, phase_rad = normal("loss_spread_db", len(arms)), uniform("phase_offset_rad", len(arms))
    deviations |= {
        name: {EXCESS_LOSS_DB: float(loss), "phase_rad": float(phase)}
        for name, loss, phase in zip(arms, loss_db, phase_rad, strict=True)
    }
    counts = {"detector": outputs, "monitor": inputs, "backward": inputs, "tap": taps}
    return LayerDraw(
        deviations=deviations,
        p_pi=1 + normal("p_pi_spread", taps),
        source_p_pi=1 + normal("p_pi_spread", outputs, "source"),
        input_phase_rad=uniform("source_phase_rad", inputs, "input"),
        output_phase_rad=uniform("source_phase_rad", outputs, "output"),
        mirror_phase_rad=uniform("mirror_phase_rad", outputs),
        responsivity={group: 1 + normal("responsivity_spread", n, group) for group, n in counts.items()},
    )


def _stream(seed: int, layer: str, field: str, what: str) -> np.random.Generator:
    """The generator of one imperfection in one layer; names enter by their CRC, so no order of fields matters."""
    key = tuple(zlib.crc32(text.encode()) for text in (layer, field, what))
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))
