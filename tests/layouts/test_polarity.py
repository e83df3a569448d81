"""An electro-optic shifter works along one axis of the crystal, and its sign says which way up it lies."""

from dataclasses import replace

import pytest

from compiler.netlist import Instance
from layouts.geometry import Placed, Transform
from layouts.polarity import polarity
from pdk.contract import Number
from pdk.registry import get

GENERIC = get("generic")
ELECTRO_OPTIC = replace(GENERIC, numbers={**GENERIC.numbers, "shifter_v_pi_v": Number(5.0, "V", "assumed: a test")})


def rules(at: Transform, component: str = "phase_shifter", pdk=ELECTRO_OPTIC) -> list[str]:
    return [finding.rule for finding in polarity([Placed("layer1.theta", Instance(component), at)], pdk)]


@pytest.mark.parametrize(
    ("at", "found"),
    [
        (Transform(5, 7), []),
        (Transform(0, 0, 180, mirror=True), []),
        (Transform(0, 0, 0, mirror=True), ["polarity"]),
        (Transform(0, 0, 180), ["polarity"]),
        (Transform(0, 0, 90), ["crystal_axis"]),
        (Transform(0, 0, 270, mirror=True), ["crystal_axis"]),
    ],
)
def test_a_shifter_lies_upright_along_x(at: Transform, found: list[str]) -> None:
    assert rules(at) == found
    assert rules(at, pdk=GENERIC) == [] and rules(at, "tap") == []


def test_a_modulator_may_lie_upside_down_but_not_across() -> None:
    assert rules(Transform(0, 0, 180), "modulator") == []
    assert rules(Transform(0, 0, 90), "modulator") == ["crystal_axis"]
