"""The process as a whole: roles, numbers with sources, rules, the registry, and what an import costs."""

import subprocess
import sys

import pytest

from pdk.contract import Pdk
from pdk.generic import dimensions
from pdk.generic.coupling import COUPLERS
from pdk.registry import get, names


def test_a_name_that_is_no_cell_plays_no_role(generic: Pdk) -> None:
    assert all(generic.role_of(name) == role for role, name in generic.roles.items())
    assert generic.role_of("no_such_cell") is None


def test_sources_are_papers_packages_or_reasons(generic: Pdk) -> None:
    marks = ("doi:", "arXiv:", "assumed: ", "computed: ", "derived: ", "design value: ", "gdsfactory", "Opt. Express")
    for name, number in generic.numbers.items():
        assert any(mark in number.source for mark in marks), f"{name}: {number.source}"


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


def test_what_is_not_drawn_needs_no_foundry_package() -> None:
    """Tables, models, numbers and frames of every process, where no package of a foundry can be imported."""
    code = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("cspdk", "lnoi400", "siepic", "siepic_ebeam_pdk", "SiEPIC", "gdsfactory", "kfactory"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent())
from pdk.conform import frames, models, numbers, statement
from pdk.registry import get, names
for name in names():
    pdk = get(name)
    parts = (statement.statement, numbers.numbers, frames.frames, models.models)
    print(name, [str(finding) for part in parts for finding in part(pdk)])
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.splitlines() == [f"{name} []" for name in names()]
