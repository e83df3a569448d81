"""What a chip's surroundings are like: laser, amplifiers, converters, cooling, and the digital machine beside it.

Numbers of the process itself are the PDK's. "assumed" marks what is only our choice; "from memory" a published value
that was not looked up again.
"""

from collections.abc import Mapping
from types import MappingProxyType

from pdk.contract import Number, Pdk

LASER_MW = 100.0
"""Power at each laser port of a chip (design value: a packaged distributed-feedback laser)."""

_TWIN = "the same as the twin's (chips/variation.py)"
_ADC = "B. Murmann, ADC Performance Survey 1997-2024, github.com/bmurmann/ADC-survey"
_HOROWITZ = "Horowitz, ISSCC 2014, doi:10.1109/ISSCC.2014.6757323, 45 nm, 0.9 V"
_MODULATOR = "Green et al. 2007, doi:10.1364/OE.15.017106"
_LTC = "LTC6560 data sheet, Analog Devices"

_ROWS: tuple[tuple[str, float, str, str], ...] = (
    # light
    ("laser_port_mw", LASER_MW, "mW", "design value: a packaged distributed-feedback laser"),
    (
        "readout_share",
        0.25,
        "1",
        "design value: power at a crossbar's read-out port by laser_port_mw; one output would take 10 mA of all of it",
    ),
    ("laser_efficiency", 0.1, "1", "assumed: power in the fibre by electrical power, cooler and driver included"),
    (
        "laser_noise_db_per_hz",
        -150.0,
        "dB/Hz",
        f"assumed: relative intensity noise of a typical distributed-feedback laser; {_TWIN}",
    ),
    # receivers
    ("training_bandwidth_ghz", 0.01, "GHz", f"assumed: ten million shots a second in training; {_TWIN}"),
    ("inference_bandwidth_ghz", 1.0, "GHz", "design value: far below the modulators' and photodiodes' own"),
    ("receiver_noise_pa_per_rthz", 5.0, "pA/rtHz", f"input noise of an amplifier near 10 MHz, {_LTC}; {_TWIN}"),
    ("receiver_mw", 10.0, "mW", "assumed: a linear amplifier of 1 GHz in CMOS; packaged parts take ten times that"),
    ("tap_receiver_mw", 1.0, "mW", "assumed: as receiver_mw, a hundred times slower and a tenth of the power"),
    ("driver_mw", 10.0, "mW", "assumed: the amplifier that drives a neuron's modulator and its replica"),
    ("photodiode_bias_v", 1.0, "V", "assumed: reverse bias of a germanium photodiode"),
    # converters
    ("converter_bits", 8.0, "bit", f"assumed: DACs and ADCs; {_TWIN}"),
    ("adc_fj_per_step", 30.0, "fJ", f"energy by 2^bits, near 1 GS/s: {_ADC}, about its better half; from memory"),
    ("dac_fj_per_step", 30.0, "fJ", "assumed: as the ADC"),
    ("adc_ns", 5.0, "ns", "assumed: latency of a pipelined ADC, five samples at 1 GS/s"),
    ("dac_ns", 2.0, "ns", "assumed: latency of a DAC, two samples at 1 GS/s"),
    ("logic_ns", 2.0, "ns", "assumed: two cycles at 1 GHz between ADC and DAC, for a table that is the activation"),
    # drives
    ("modulator_pj", 5.0, "pJ", f"per symbol, from memory: {_MODULATOR}, carriers injected into arms of 100-200 um"),
    ("heater_efficiency", 0.5, "1", "assumed: a linear output stage loses about as much as it delivers on the average"),
    (
        "shifter_capacitance_pf",
        2.0,
        "pF",
        "assumed: electrodes of 10 mm on thin-film lithium niobate, 0.2 pF/mm; taken where the process states none",
    ),
    ("electrode_wiring_pf", 20.0, "pF", "assumed: pad, package and line between an electrode and its amplifier"),
    (
        "electrode_driver_ma",
        1.0,
        "mA",
        "assumed: standing current of a linear amplifier, from a supply as wide as its range; electrodes and wiring "
        "are charged with it",
    ),
    (
        "electrode_driver_bandwidth_ghz",
        0.01,
        "GHz",
        "assumed: of that amplifier for small steps, as training_bandwidth_ghz; electrodes themselves follow GHz",
    ),
    ("attenuator_v", 1.0, "V", "assumed: forward voltage of a silicon diode and its series resistance"),
    # a camera over gratings, in place of photodiodes
    ("camera_frame_hz", 1000.0, "Hz", "assumed: an InGaAs camera of which a small window is read"),
    (
        "camera_well_electrons",
        1e7,
        "1",
        "assumed: 100 pixels under a grating's spot, 1e5 electrons each; exposures let the brightest of those that do "
        "the same fill it",
    ),
    ("camera_read_electrons", 1000.0, "1", "assumed: 100 electrons in each of those pixels, added in quadrature"),
    ("camera_mw", 10000.0, "mW", "assumed: cooled camera and its link, its converters included"),
    # limits
    (
        "heat_w_per_cm2",
        50.0,
        "W/cm2",
        "assumed: copper spreader and forced air, half of what processors get; a thermoelectric cooler as small as the "
        "die pumps 5-15",
    ),
    ("signal_db", 10.0, "dB", "design value: training survives tap noise of half of full scale; here a third"),
    # the digital reference
    ("int8_multiply_pj", 0.2, "pJ", f"8-bit multiplication, {_HOROWITZ}"),
    ("int8_add_pj", 0.03, "pJ", f"8-bit addition, {_HOROWITZ}"),
    ("fp32_multiply_pj", 3.7, "pJ", f"32-bit floating-point multiplication, {_HOROWITZ}"),
    ("fp32_add_pj", 0.9, "pJ", f"32-bit floating-point addition, {_HOROWITZ}"),
    ("sram_pj_per_byte", 1.25, "pJ", f"10 pJ for 8 bytes from a cache of 8 KB, {_HOROWITZ}"),
)

NUMBERS: Mapping[str, Number] = MappingProxyType(
    {name: Number(value, unit, source) for name, value, unit, source in _ROWS}
)


def value(name: str) -> float:
    """The value of a named number, in the unit that its entry states."""
    return NUMBERS[name].value


def stated(name: str, pdk: Pdk) -> float:
    """The process's own value of a number where it states one, else that of the surroundings."""
    return pdk.value(name) if name in pdk.numbers else value(name)
