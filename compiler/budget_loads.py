"""Loads and events that both architectures have: lasers, phase shifters, modulators, receivers, converters."""

from compiler.budget_numbers import stated, value
from compiler.budget_parts import Event, Load
from pdk.contract import Pdk


def laser_load(name: str, count: int, laser_mw: float, *, training_only: bool = False) -> Load:
    """Lasers, one for each port."""
    each = laser_mw / value("laser_efficiency")
    return Load(name, count, each, each, False, training_only, f"{laser_mw:g} mW by laser_efficiency")


def shifter_loads(
    pdk: Pdk, where: str, drivers: str, count: int, mean_pi: float, how: str, *, training_only: bool
) -> tuple[Load, ...]:
    """Phase shifters and their drivers. `mean_pi`: mean phase by π, `how` it came about.

    A heater draws its power, and its driver about as much. An electrode draws nothing while its voltage stands, and its
    driver all the time; what a new voltage takes is among the events (`settings`).
    """
    drive = pdk.drive
    if drive.kind == "electro-optic":
        return (_electrode_drivers(f"drivers{where}", count, drive.limit, training_only),)
    mean, driver = mean_pi * drive.per_pi, 1 / value("heater_efficiency") - 1
    return (
        Load(f"heaters{where}", count, mean, drive.limit, True, training_only, how),
        Load(drivers, count, driver * mean, driver * drive.limit, False, training_only, "heater_efficiency"),
    )


def settings(pdk: Pdk, inference: int, sample: int, step: int) -> tuple[Event, ...]:
    """New settings of phase shifters: of electrodes, capacitance x V_π²; a heater's energy is that of its load."""
    if pdk.drive.kind != "electro-optic":
        return ()
    pj = (stated("shifter_capacitance_pf", pdk) + value("electrode_wiring_pf")) * pdk.drive.per_pi**2
    how = "(shifter_capacitance_pf + electrode_wiring_pf) x shifter_v_pi_v^2"
    return (Event("settings of phase shifters", pj, inference, sample, step, how),)


def modulator_loads(pdk: Pdk, what: str, count: int, *, training_only: bool) -> tuple[Load, ...]:
    """Modulators that are heated, where the process states their power; drivers of those with electrodes. Others draw
    power by the symbol."""
    if "modulator_mw" in pdk.numbers:
        each = pdk.value("modulator_mw")
        return (Load(what, count, each, each, True, training_only, "modulator_mw"),)
    if pdk.drive.kind == "electro-optic":
        return (_electrode_drivers(f"drivers of {what}", count, 2 * _modulator_v_pi(pdk), training_only),)
    return ()


def symbols(pdk: Pdk, inference: int, sample: int) -> Event:
    """Symbols of modulators."""
    if "modulator_mw" in pdk.numbers:
        pj, how = 0.0, "heated: among the loads"
    elif pdk.drive.kind == "electro-optic":
        own = "modulator_capacitance_pf" if "modulator_capacitance_pf" in pdk.numbers else "shifter_capacitance_pf"
        pj = (stated(own, pdk) + value("electrode_wiring_pf")) * _modulator_v_pi(pdk) ** 2
        how = f"({own} + electrode_wiring_pf) x V_pi^2"
    else:
        pj, how = value("modulator_pj"), "modulator_pj"
    return Event("modulator symbols", pj, inference, sample, 0, how)


def _modulator_v_pi(pdk: Pdk) -> float:
    return pdk.value("modulator_v_pi_v") if "modulator_v_pi_v" in pdk.numbers else pdk.drive.per_pi


def _electrode_drivers(name: str, count: int, swing_v: float, training_only: bool) -> Load:
    each = swing_v * value("electrode_driver_ma")
    return Load(name, count, each, each, False, training_only, "electrode_driver_ma x the whole range of voltages")


def receivers(
    pdk: Pdk, name: str, count: int, *, training_only: bool, name_mw: str = "receiver_mw"
) -> tuple[Load, ...]:
    """Transimpedance amplifiers; none where a camera reads."""
    if pdk.camera:
        return ()
    return (Load(name, count, value(name_mw), value(name_mw), False, training_only, name_mw),)


def detection(pdk: Pdk, count: int, mean_mw: float, how: str) -> tuple[Load, ...]:
    """What photodiodes turn into heat, or the camera that stands for all of them and their receivers."""
    if pdk.camera:
        return (Load("camera", 1, value("camera_mw"), value("camera_mw"), False, False, "camera_mw"),)
    return (Load("photodiodes", count, mean_mw, mean_mw, True, False, how),)


def conversions(pdk: Pdk, kind: str, inference: int, sample: int, step: int = 0) -> tuple[Event, ...]:
    """Conversions of a kind, `dac` or `adc`; a camera's own are in its power."""
    if kind == "adc" and pdk.camera:
        return ()
    pj = value(f"{kind}_fj_per_step") * 2 ** value("converter_bits") * 1e-3
    how = f"{kind}_fj_per_step x 2^converter_bits"
    return (Event(f"{kind.upper()} conversions", pj, inference, sample, step, how),)
