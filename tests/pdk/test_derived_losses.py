"""Losses that follow from those of a device's parts do: none is counted twice, and none left out."""

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
