"""Loads and events that both architectures have, and how long a heater takes."""

from compiler.budget_numbers import value
from compiler.budget_parts import Event, Load, settle_ns
from pdk.contract import Pdk


def heater_ns(pdk: Pdk) -> float:
    """Time in which a heater settles to half a step of its DAC."""
    return settle_ns(pdk.value("heater_bandwidth_khz") * 1e-6, value("converter_bits"))


def laser_load(name: str, count: int, laser_mw: float, *, training_only: bool = False) -> Load:
    """Lasers, one for each port."""
    each = laser_mw / value("laser_efficiency")
    return Load(name, count, each, each, False, training_only, f"{laser_mw:g} mW by laser_efficiency")


def receivers(name: str, count: int, *, training_only: bool, name_mw: str = "receiver_mw") -> Load:
    """Transimpedance amplifiers."""
    return Load(name, count, value(name_mw), value(name_mw), False, training_only, name_mw)


def conversions(kind: str, inference: int, sample: int, step: int = 0) -> Event:
    """Conversions of a kind, `dac` or `adc`."""
    pj = value(f"{kind}_fj_per_step") * 2 ** value("converter_bits") * 1e-3
    return Event(f"{kind.upper()} conversions", pj, inference, sample, step, f"{kind}_fj_per_step x 2^converter_bits")


def symbols(inference: int, sample: int) -> Event:
    """Symbols of modulators."""
    return Event("modulator symbols", value("modulator_pj"), inference, sample, 0, "modulator_pj")
