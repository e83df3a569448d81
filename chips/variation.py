"""What makes a real chip differ from its drawing, and a real reading from its value: how strongly, and why so.

One model for every architecture. `chips.draw` draws chips from it, `chips.noise` says what it does to a reading.
"""

from dataclasses import dataclass, fields, replace
from math import inf, isfinite, pi
from pathlib import Path
from typing import Any

from compiler.network import SpecError, nearest, shown
from compiler.words import Source, read_text


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
    """The same for the 2x2 couplers of input cells, output cells and the feed tree, and for a crossbar's 1x2
    splitters."""
    phase_offset_rad: float = 2 * pi
    """Range of the phase that every phase shifter and every undriven twin adds: waveguides of 100 µm are longer or
    shorter by many wavelengths' worth of index."""
    loss_spread_db: float = 0.01
    """Loss of each arm of an MZI, of each shifter of an edge dummy and of each attenuator of a crossbar, about the
    netlist's own (assumed)."""
    p_pi_spread: float = 0.05
    """Relative spread of the heater power for π (assumed: heater width and oxide thickness), or of an electro-optic
    shifter's voltage for it (assumed the same: electrode gap)."""
    correlation_length_mm: float = 4.5
    """Distance over which the correlated share of a spread falls to 1/e: waveguide width and thickness over a wafer
    (Lu et al., Opt. Express 25, 9712 (2017), doi:10.1364/OE.25.009712). 0, or a chip without a layout: none does."""
    correlated_share: float = 0.5
    """Share of each spread's variance that neighbours have in common (assumed: half comes from the wafer's slow
    variation, half from the edges of each device)."""
    thermal_crosstalk: float = 1.0
    """How much of the layout's thermal-neighbour table holds: 1 is what its distances say, 0 switches heat off. A
    netlist alone knows no distances, and has no crosstalk; nor has a chip whose shifters are driven by voltage."""
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
    extinction_db: float | None = 50.0
    """What a modulator still passes at its darkest, below its brightest; None: nothing (assumed: splitters trimmed,
    10 dB from the 60 dB of Wilkes et al., Opt. Lett. 41, 5318 (2016), doi:10.1364/OL.41.005318; at the 25 dB of
    untrimmed ones the sources of a mesh shine into its readings, see docs/variation.md)."""
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
    coupler_reflection_db: float | None = -45.0
    """Power that a 2x2 coupler of a mesh reflects into the port it came by; None: none (assumed: well below the bound
    of -30 dB that low-coherence reflectometry set for MMI couplers in InP; tapered ports)."""
    facet_reflection_db: float | None = -30.0
    """Power that the chip's optical port sends back of what leaves by it; None: none (assumed: an angled facet with an
    anti-reflection coating)."""
    drift_rad: float = 0.0
    """Random walk of every phase shifter's own phase (of electro-optic ones, their DC drift): standard deviation for
    each step of a drift. 0: a drift is asked for, not a property of a chip."""
    mirror_drift_rad: float = 0.0
    """The same for the phase of every loop mirror."""
    dac_bits: int | None = 8
    """Resolution of phase shifters' and modulators' drives; None is exact."""
    adc_bits: int | None = 8
    """Resolution of every reading; None is exact."""
    equal_losses: bool = False
    """All rows lose the same (`optics.equal_losses`): the case in which the echo is exact. Tests only."""

    def __post_init__(self) -> None:
        """Raises SpecError, with the field, for a value that a field cannot have."""
        for f in fields(self):
            value, (low, high, expected) = getattr(self, f.name), range_of(f.name)
            if f.name == "equal_losses":
                right = isinstance(value, bool)
            elif value is None:
                right = f.name in OPTIONAL
            else:
                whole = isinstance(value, int) or f.name not in ("dac_bits", "adc_bits")
                number = isinstance(value, int | float) and not isinstance(value, bool)
                right = number and whole and isfinite(value) and low <= value <= high
            if not right:
                raise SpecError((f.name,), shown(value), expected)

    @staticmethod
    def real() -> "Imperfections":
        """Everything at its default."""
        return Imperfections()

    @staticmethod
    def devices() -> "Imperfections":
        """Devices that know nothing of their neighbours, converters, and noise as shares of a range; amplifiers alike,
        no physical noise, no stray light."""
        physical = sorted(set(NOISE) - {"tap_noise", "receiver_noise"})
        others = ("wavelength_offset_nm", "correlated_share")
        return Imperfections().without(*STRAY_LIGHT, *READ_OUT, *physical, *others)

    @staticmethod
    def ideal() -> "Imperfections":
        """Nothing: no spread, no noise, no quantisation; `dataclasses.replace` puts single ones back."""
        off: dict[str, Any] = {f.name: None if f.name in OPTIONAL else 0.0 for f in fields(Imperfections)}
        return Imperfections(**(off | {"equal_losses": False}))

    @property
    def changes(self) -> dict[str, Any]:
        """Fields that differ from `real()`, with their values."""
        real = Imperfections.real()
        pairs = ((f.name, getattr(self, f.name)) for f in fields(self))
        return {name: value for name, value in pairs if value != getattr(real, name)}

    def without(self, *names: str) -> "Imperfections":
        """The same with these fields switched off."""
        ideal = Imperfections.ideal()
        return replace(self, **{name: getattr(ideal, name) for name in names})

    @staticmethod
    def from_file(path: str | Path) -> "Imperfections":
        """The defaults, but for what a YAML file says: `splitter_imbalance_rad: 0.03`, a line for each.

        SpecError, in one line with file:line:column, for an unknown name or a value that a field cannot have.
        """
        name, text = read_text(Path(path), "a file of variations, such as splitter_imbalance_rad: 0.03")
        source, known = Source(name), [f.name for f in fields(Imperfections)]
        data = source.read(text)
        if not isinstance(data, dict):
            expected = "names and values, such as splitter_imbalance_rad: 0.03"
            raise SpecError((), shown(data), expected, where=source.where(()))
        for key in data:
            if key not in known:
                mend = nearest(key, known) or "docs/variation.md has them all"
                where = source.where((key,), of_key=True)
                raise SpecError((key,), "an unknown name", "one of a variation's fields", mend, where=where)
        try:
            return Imperfections(**data)
        except SpecError as error:
            where = source.where(error.key)
            raise SpecError(error.key, error.found, error.expected, error.mend, where=where) from None


NOISE = ("tap_noise", "receiver_noise", "shot_noise", "thermal_noise_pa_per_rthz", "rin_db_per_hz", "linewidth_khz")
"""What differs from shot to shot."""
READ_OUT = ("gain_spread", "offset_spread")
"""What amplifiers add to their photodiodes."""
CONVERTERS = ("dac_bits", "adc_bits")
STRAY_LIGHT = ("extinction_db", "coupler_reflection_db", "facet_reflection_db")
"""Light where none should be."""
OPTIONAL = ("extinction_db", "rin_db_per_hz", "coupler_reflection_db", "facet_reflection_db", "dac_bits", "adc_bits")
"""Fields that None (in a file: null) switches off, because 0 would mean something."""


def range_of(field: str) -> tuple[float, float, str]:
    """From … to of a field, and the same in words."""
    if field == "correlated_share":
        return 0.0, 1.0, "a share, 0 to 1"
    if field in ("dac_bits", "adc_bits"):
        return 1, 24, "a whole number of bits, 1 to 24, or null"
    if field == "extinction_db":
        return 0.0, inf, "a ratio in dB, 0 or more, or null"
    if field in OPTIONAL:
        return -inf, 0.0, "a level in dB, 0 or less, or null"
    if field == "equal_losses":
        return 0, 1, "true or false"
    return 0.0, inf, "a finite number, 0 or more"
