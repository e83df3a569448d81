"""The process as a whole: roles, numbers with sources, rules, the registry, and what an import costs."""

import subprocess
import sys

import pytest

from pdk.contract import Pdk, Role
from pdk.generic import dimensions
from pdk.generic.coupling import COUPLERS
from pdk.kit.coupling import WAVELENGTH_UM
from pdk.registry import get, names


def test_every_role_is_played_or_stated_missing(generic: Pdk) -> None:
    assert set(generic.roles) | set(generic.missing) == set(Role)
    assert not set(generic.roles) & set(generic.missing)
    for role, name in generic.roles.items():
        assert generic.role_of(name) == role
    assert generic.role_of("no_such_cell") is None


def test_every_number_has_a_unit_and_a_source(generic: Pdk) -> None:
    marks = ("doi:", "arXiv:", "assumed: ", "computed: ", "derived: ", "design value: ", "gdsfactory", "Opt. Express")
    for name, number in generic.numbers.items():
        assert number.unit, name
        assert any(mark in number.source for mark in marks), f"{name}: {number.source}"
    for rule in generic.rules:
        assert rule.limit > 0 and rule.source and rule.layer in generic.layers.values()


def test_units_in_names_agree_with_units(generic: Pdk) -> None:
    endings = {"_db": "dB", "_db_per_cm": "dB/cm", "_mw": "mW", "_ohm": "ohm", "_rad": "rad", "_ghz": "GHz"}
    endings |= {"_nm": "nm", "_per_um": "1/um", "_a_per_w": "A/W", "_na": "nA"}
    endings |= {"_um": "um", "_mm": "mm", "_w_per_m_k": "W/(m K)", "_per_k": "1/K"}
    endings |= {"_ma": "mA", "_khz": "kHz", "_ns": "ns", "_um2": "um2", "_cm2": "cm2", "_cm_per_gw": "cm/GW"}
    for name, number in generic.numbers.items():
        ending = max((e for e in endings if name.endswith(e)), key=len, default=None)
        assert number.unit == (endings[ending] if ending else "1"), name


def test_layers_hold_the_markers_and_no_layer_twice(generic: Pdk) -> None:
    assert {"core", "pin", "pin_electrical", "outline", "label"} <= set(generic.layers)
    assert len(set(generic.layers.values())) == len(generic.layers)


def test_models_hold_around_the_wavelength_of_the_numbers(generic: Pdk) -> None:
    low, high = generic.wavelength_range_um
    assert 0 < low < WAVELENGTH_UM < high


def test_couplers_have_the_lengths_their_powers_need() -> None:
    assert COUPLERS.power(dimensions.COUPLER_GAP_NM, dimensions.COUPLER_LENGTH_NM) == pytest.approx(0.5, abs=1e-4)
    assert COUPLERS.power(dimensions.TAP_GAP_NM, dimensions.TAP_LENGTH_NM) == pytest.approx(0.01, abs=1e-5)
    assert COUPLERS.power(300, 8000) > COUPLERS.power(310, 8000)
    with pytest.raises(ValueError, match="widen the gap"):
        COUPLERS.length_nm(180, 0.001)


def test_the_registry_gives_one_value_and_names_what_it_knows() -> None:
    assert get("generic") is get("generic")
    assert "generic" in names()
    with pytest.raises(KeyError) as error:
        get("genric")
    assert "'genric'" in str(error.value) and "did you mean 'generic'" in str(error.value)


def test_the_table_opens_without_heavy_imports() -> None:
    code = (
        "import sys; from pdk.registry import get; assert len(get('generic').devices) > 10; import pdk.fingerprint; "
        "print(sorted({'jax', 'gdsfactory', 'sax', 'kfactory'} & set(sys.modules))); "
        "get('generic').models(); print('sax' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split("\n")[:2] == ["[]", "False"]


def test_devices_name_a_port_they_lack(generic: Pdk) -> None:
    with pytest.raises(KeyError, match="tap has no port o9; it has o1, o2, o3, o4"):
        generic.devices["tap"].port("o9")
