"""Numbers that follow from others do: no loss of a part is counted twice or left out, no power, current or voltage."""

from math import pi, sqrt

import pytest

from pdk.contract import Pdk, Role
from pdk.registry import get

TURNS = {"cornerstone-si220": (4, 4), "luxtelligence-lnoi400": (2, 4), "siepic-ebeam": (4, 6)}
"""Bends (S-bends count as one) of an interferometer's arm, and of a loop mirror."""


def branches_db(pdk: Pdk) -> float:
    """Two passages of a 1x2 splitter, less its waveguide's own loss."""
    own_db = pdk.value("waveguide_loss_db_per_cm") * pdk.device(Role.SPLITTER_1X2).path_nm * 1e-7
    return 2 * (pdk.value("splitter_1x2_loss_db") - own_db)


@pytest.mark.parametrize("name", TURNS)
@pytest.mark.parametrize("role", [Role.MODULATOR, Role.ATTENUATOR])
def test_an_interferometer_loses_what_its_parts_lose(name: str, role: Role) -> None:
    """Its number holds all of it, the waveguide too."""
    pdk = get(name)
    if role not in pdk.roles:
        assert f"{role}_loss_db" not in pdk.numbers
        return
    way_db = pdk.value("waveguide_loss_db_per_cm") * pdk.device(role).path_nm * 1e-7
    parts_db = branches_db(pdk) + TURNS[name][0] * pdk.value("bend_loss_db") + pdk.value("phase_shifter_loss_db")
    assert pdk.value(f"{role}_loss_db") == pytest.approx(way_db + parts_db, abs=6e-3)


@pytest.mark.parametrize("name", TURNS)
def test_a_loop_mirror_loses_what_its_parts_lose(name: str) -> None:
    """Its number comes beside its waveguide's loss."""
    pdk = get(name)
    parts_db = branches_db(pdk) + TURNS[name][1] * pdk.value("bend_loss_db")
    assert pdk.value("loop_mirror_loss_db") == pytest.approx(parts_db, abs=6e-3)


@pytest.mark.parametrize("name", TURNS)
def test_a_camera_of_1_a_per_w_stands_behind_the_grating(name: str) -> None:
    pdk = get(name)
    behind = 10 ** (-pdk.value("grating_coupler_loss_db") / 10)
    assert pdk.value("photodiode_responsivity_a_per_w") == pytest.approx(behind, abs=6e-3)


@pytest.mark.parametrize(("name", "squares"), [("cornerstone-si220", 1.0), ("siepic-ebeam", 100 / 150)])
def test_heated_interferometers_take_what_their_heaters_take(name: str, squares: float) -> None:
    """`squares`: of the attenuator's heater, by those of a phase shifter's."""
    pdk = get(name)
    assert pdk.value("modulator_mw") == 2 * pdk.value("heater_p_pi_mw")
    assert pdk.value("modulator_bandwidth_ghz") * 1e6 == pytest.approx(pdk.value("heater_bandwidth_khz"))
    ma = sqrt(1e3 * pdk.value("heater_p_pi_mw") / (squares * pdk.value("heater_resistance_ohm")))
    assert pdk.value("attenuator_range_ma") == pytest.approx(ma, abs=0.06)
    assert pdk.drive.limit == pytest.approx(2.2 * pdk.value("heater_p_pi_mw"), rel=1e-4)


def test_voltages_for_pi_follow_from_the_lengths_of_electrodes() -> None:
    """6.6 V cm for one waveguide; a push-pull pair takes half, and light goes out where its arms are pi apart."""
    from pdk.luxtelligence import electrodes

    pdk = get("luxtelligence-lnoi400")
    shifter, modulator = pdk.device(Role.PHASE_SHIFTER), pdk.device(Role.MODULATOR)
    assert shifter.path_nm > electrodes.SHIFTER_ACTIVE_NM and modulator.path_nm > electrodes.MODULATOR_ACTIVE_NM
    assert pdk.value("shifter_v_pi_v") * electrodes.SHIFTER_ACTIVE_NM * 1e-7 == pytest.approx(6.6)
    assert pdk.value("modulator_v_pi_v") * electrodes.MODULATOR_ACTIVE_NM * 1e-7 == pytest.approx(3.3)
    assert pdk.drive.phase_rad(pdk.drive.zero + pdk.value("shifter_v_pi_v")) == pytest.approx(pi)
