"""What verify says, and how it tells a faulty layout from another chip."""

from dataclasses import replace

import numpy as np
import pytest

from backlight import checks, equivalence
from compiler.compile import build
from compiler.netlist import Cell, Instance, Netlist, Pin
from pdk import registry
from pdk.finding import Finding

PDK = registry.get("generic")


def finding(rule):
    return Finding("here", rule, "a", "b", "mend it")


def test_findings_are_sorted_under_their_checks():
    found = {c.name: c for c in checks.geometry_checks([finding("open_port"), finding("label"), finding("label")])}
    assert [name for name, check in found.items() if not check.ok] == ["connections", "labels"]
    assert found["labels"].measured == "2 findings"
    assert found["connections"].measured == "1 finding"
    assert checks.OTHER not in found


def test_a_rule_that_no_check_knows_is_not_lost():
    (check,) = [c for c in checks.geometry_checks([finding("wings")]) if not c.ok]
    assert check.name == checks.OTHER
    assert check.as_dict()["findings"][0]["rule"] == "wings"


def test_the_light_is_not_compared_where_the_circuits_differ():
    circuit, light = checks.design_checks([finding("net")], None)
    assert not circuit.ok and not light.ok
    assert light.measured.startswith("not measured")


@pytest.mark.parametrize("other", [{"layers": 3}, {"ports": 6}, {"linear": "svd"}])
def test_another_chip(other):
    shape = {"ports": 4, "layers": 2}
    chip = build(PDK, **shape)
    assert checks.same_chip(chip, build(PDK, **shape))
    assert not checks.same_chip(chip, build(PDK, **(shape | other)))


def test_a_chip_that_lacks_a_cell_is_still_the_same():
    chip = build(PDK, ports=4, layers=2)
    layer = chip.cells["layer"]
    left = {name: instance for name, instance in layer.instances.items() if name != "in_0"}
    broken = replace(chip, cells={**chip.cells, "layer": replace(layer, instances=left)})
    assert checks.same_chip(chip, broken)


def test_outline():
    assert checks.outline(build(PDK, ports=4, layers=2)).startswith("2 layers of 4 ports, ")


def test_one_nanometre_is_seen_in_the_light():
    chip = build(PDK, ports=2, layers=1)
    assert equivalence.equate(chip, chip, PDK).largest == 0

    def longer(by_nm):
        parts = {"wg": Instance("straight", {"length_nm": 1000 + by_nm}), "pd": Instance("photodiode")}
        net = (Pin("wg", "o2"), Pin("pd", "o1"))
        return Netlist("top", {"top": Cell(parts, (net,), {"o1": Pin("wg", "o1")})})

    found = equivalence.equate(longer(0), longer(1), PDK)
    assert not found.ok
    assert found.largest == pytest.approx(2 * np.pi * 2.5 / 1500, rel=0.02)


def test_ports_that_differ():
    a, b = build(PDK, ports=2, layers=1), build(PDK, ports=2, layers=2)
    found = equivalence.equate(b, a, PDK)
    assert not found.ok and found.why
