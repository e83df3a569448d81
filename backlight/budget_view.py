"""A budget as rows of words, for the terminal and the report, and as JSON."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from compiler.budget_numbers import NUMBERS

if TYPE_CHECKING:
    from pathlib import Path

    from compiler.budget import Budget, Energy
    from pdk.contract import Pdk

OF_THE_PROCESS = (
    "n_g",
    "waveguide_loss_db_per_cm",
    "two_photon_cm_per_gw",
    "mode_area_um2",
    "carrier_lifetime_ns",
    "carrier_cross_section_cm2",
    "heater_p_pi_mw",
    "shifter_v_pi_v",
    "shifter_range_rad",
    "shifter_capacitance_pf",
    "heater_resistance_ohm",
    "heater_bandwidth_khz",
    "heater_limit_ma",
    "attenuator_range_ma",
    "photodiode_responsivity_a_per_w",
    "photodiode_dark_current_na",
    "photodiode_limit_ma",
    "modulator_bandwidth_ghz",
    "modulator_mw",
    "modulator_v_pi_v",
    "modulator_capacitance_pf",
    "camera_frame_hz",
)
"""Numbers of the process that a budget takes, beside those of the models."""

Rows = list[tuple[str, ...]]

LIGHT = ("block", "way", "count", "loss dB", "power dBm", "current uA", "S/N dB", "bits", "bandwidth")
LOADS = ("what", "count", "mean", "most", "together", "source")
LIMITS = ("", "limit", "where", "measured", "allowed")
ENERGY = ("what", "chip", "digital", "chip / digital")
TIMES = ("what", "time")

Units = tuple[tuple[str, float], ...]
POWER: Units = (("W", 1e3), ("mW", 1.0))
TIME: Units = (("s", 1e9), ("ms", 1e6), ("us", 1e3), ("ns", 1.0))
FREQUENCY: Units = (("GHz", 1.0), ("MHz", 1e-3), ("kHz", 1e-6), ("Hz", 1e-9))
ENERGIES: Units = (("kJ", 1e15), ("J", 1e12), ("mJ", 1e9), ("uJ", 1e6), ("nJ", 1e3), ("pJ", 1.0))
"""Units and their sizes in the one that a budget counts in, from the largest."""


def light(budget: "Budget") -> Rows:
    """Ways of light, from the weakest to the strongest of those that do the same."""
    return [
        (
            span.block,
            span.name,
            str(span.count),
            _span(*span.loss_db),
            _span(span.weakest.power_dbm, span.strongest.power_dbm),
            _currents(1e3 * span.weakest.current_ma, 1e3 * span.strongest.current_ma),
            _span(span.weakest.snr_db, span.strongest.snr_db),
            _span(span.weakest.bits, span.strongest.bits),
            with_unit(span.bandwidth_ghz, FREQUENCY),
        )
        for span in budget.spans
    ]


def loads(budget: "Budget") -> Rows:
    """What draws power, and where its number comes from."""
    return [
        (
            load.name + (" (training)" if load.training_only else ""),
            f"{load.count:,}",
            with_unit(load.mean_mw, POWER),
            with_unit(load.most_mw, POWER),
            with_unit(load.total_mw, POWER),
            load.source,
        )
        for load in budget.parts.loads
    ]


def limits(budget: "Budget") -> Rows:
    """Every limit, whether it holds or not."""
    return [
        ("ok" if limit.ok else "FAILED", limit.rule, limit.place, limit.finding.measured, limit.finding.limit)
        for limit in budget.limits
    ]


def energy(budget: "Budget") -> Rows:
    """What an inference and a training step cost, beside the digital reference."""
    digital, macs = budget.digital, budget.digital.macs
    pairs = (
        ("inference", budget.inference.pj, digital.inference_pj),
        ("inference, per multiplication", budget.inference.pj / macs, digital.inference_pj / macs),
        (f"training step of {budget.batch} samples", budget.step.pj, digital.step_pj),
    )
    return [(what, joules(chip), joules(machine), f"{chip / machine:,.0f}") for what, chip, machine in pairs]


def times(budget: "Budget") -> Rows:
    """What the times are made of: from inputs to answer, then a training step."""
    often = {"sample": f"for each of {budget.batch} samples", "step": "once"}
    stages: dict[str, float] = {}
    for delay in budget.parts.delays:
        stages[delay.name] = stages.get(delay.name, 0.0) + delay.ns
    return [
        ("an answer", with_unit(budget.latency_ns, TIME)),
        *((f"  {name}, all layers", with_unit(ns, TIME)) for name, ns in stages.items()),
        ("from one answer to the next", with_unit(budget.inference.ns, TIME)),
        (f"a training step of {budget.batch} samples", with_unit(budget.step.ns, TIME)),
        *((f"  {delay.name}, {often[delay.block]}", with_unit(delay.ns, TIME)) for delay in budget.step_delays),
    ]


def page(budget: "Budget", pdk: "Pdk") -> dict[str, Any]:
    """What the report's section shows."""
    tables = (
        ("Light at the camera" if pdk.camera else "Light at the photodiodes", LIGHT, light(budget)),
        ("Power", LOADS, loads(budget)),
        ("Limits", LIMITS, limits(budget)),
        ("Time", TIMES, times(budget)),
        ("Energy", ENERGY, energy(budget)),
    )
    return {
        "tables": [{"title": title, "head": head, "rows": rows, "words": _words(head)} for title, head, rows in tables],
        "findings": budget.findings,
        "summary": summary(budget),
        "laser_mw": f"{budget.laser_mw:g}",
        "nonlinear_db": f"{budget.nonlinear_db:.2f}",
        "numbers": numbers(pdk),
    }


def _words(head: tuple[str, ...]) -> tuple[str, ...]:
    """Columns that hold words, not numbers."""
    return tuple(name for name in head if name in ("", "block", "way", "what", "source", "limit", "where"))


def numbers(pdk: "Pdk") -> Rows:
    """Every number that a budget takes, with its unit and its source."""
    own = {name: pdk.numbers[name] for name in OF_THE_PROCESS if name in pdk.numbers}
    return [
        (name, f"{number.value:g} {number.unit}".removesuffix(" 1"), number.source)
        for name, number in (own | {name: n for name, n in NUMBERS.items() if name not in own}).items()
    ]


def summary(budget: "Budget") -> str:
    """The budget in one sentence."""
    ratio = budget.inference.pj / budget.digital.inference_pj
    winner = f"{ratio:,.0f} times what the digital reference takes" if ratio > 1 else "less than the digital reference"
    return (
        f"{budget.inference_mw / 1e3:.2f} W in inference, {budget.training_mw / 1e3:.2f} W in training, "
        f"{budget.heat_mw / 1e3:.2f} W of heat on the chip; an inference takes {joules(budget.inference.pj)}, {winner}"
    )


def as_dict(budget: "Budget") -> dict[str, Any]:
    """The whole budget, every way of light included."""
    parts = budget.parts
    return {
        "architecture": parts.architecture,
        "laser_mw": budget.laser_mw,
        "die_mm2": budget.die_mm2,
        "ways": [
            {**asdict(way), "loss_db": way.loss_db, **asdict(reading)}
            for way, reading in zip(parts.ways, budget.readings, strict=True)
        ],
        "nonlinear_db": budget.nonlinear_db,
        "loads": [{**asdict(load), "total_mw": load.total_mw} for load in parts.loads],
        "events": [asdict(event) for event in parts.events],
        "inference_mw": budget.inference_mw,
        "training_mw": budget.training_mw,
        "heat_mw": budget.heat_mw,
        "latency_ns": budget.latency_ns,
        "delays": [asdict(delay) for delay in parts.delays],
        "inference": _energy(budget.inference),
        "training_step": {**_energy(budget.step), "samples": budget.batch, "shots_per_sample": parts.shots},
        "digital": asdict(budget.digital),
        "limits": [
            {"rule": limit.rule, "place": limit.place, "ok": limit.ok, "measured": limit.measured}
            | {"limit": limit.limit, "unit": limit.unit}
            for limit in budget.limits
        ],
        "findings": [finding.as_dict() for finding in budget.findings],
        "numbers": {name: asdict(number) for name, number in NUMBERS.items()},
    }


def die_mm2(gds: "Path") -> float:
    """Area of the die that a GDS holds."""
    import klayout.db as kdb

    layout = kdb.Layout()
    layout.read(str(gds))
    box = layout.top_cell().dbbox()
    return box.width() * box.height() * 1e-6


def joules(pj: float) -> str:
    """An energy with a unit that suits it."""
    return with_unit(pj, ENERGIES)


def with_unit(value: float, units: Units) -> str:
    """A value of three digits at least, in the largest unit that it is one of; in the smallest where it is none."""
    unit, size = next(((unit, size) for unit, size in units if value >= 0.9995 * size), units[-1])
    shown = value / size
    return f"{shown:,.0f} {unit}" if shown >= 99.95 else f"{shown:.3g} {unit}"


def _energy(energy: "Energy") -> dict[str, float]:
    return {"ns": energy.ns, "static_pj": energy.static_pj, "events_pj": energy.events_pj, "pj": energy.pj}


def _span(low: float, high: float) -> str:
    return _joined(f"{low:.1f}", f"{high:.1f}")


def _currents(low: float, high: float) -> str:
    return _joined(*(f"{x:,.0f}" if x >= 100 else f"{x:.2g}" for x in (low, high)))


def _joined(first: str, last: str) -> str:
    return first if first == last else f"{first} … {last}"
