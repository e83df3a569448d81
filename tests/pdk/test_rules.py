"""The rules of the process as data: every kind is there, each can be checked, and a bad one is refused in one line."""

from dataclasses import replace

import pytest

from pdk.contract import Pdk, Rule
from pdk.rules import KINDS, RuleError, limit_text, require

CORE, HEATER = (1, 0), (47, 0)


def test_every_kind_has_a_rule_and_every_rule_a_source(generic: Pdk) -> None:
    require(generic)
    assert {rule.kind for rule in generic.rules} == set(KINDS)
    assert all(rule.source.startswith(("assumed: ", "gdsfactory.gpdk")) for rule in generic.rules)


def test_limits_are_said_with_their_unit(generic: Pdk) -> None:
    said = {rule.name: limit_text(rule) for rule in generic.rules}
    assert said["core_width"] == "at least 180 nm"
    assert said["core_area"] == "at least 100000 nm2"
    assert said["core_angle"] == "at least 60 deg"
    assert said["core_grid"] == "multiples of 1 nm"


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (Rule("bad", "width", (99, 9), 180, "s"), "found layer 99/9, expected a layer of the process"),
        (Rule("bad", "enclosure", CORE, 180, "s", (99, 9)), "found layer 99/9"),
        (Rule("bad", "thickness", CORE, 180, "s"), "found kind 'thickness', expected one of width, space"),  # pyright: ignore
        (Rule("bad", "space", CORE, -5, "s"), "found a limit of -5 nm, expected a whole number above 0"),
        (Rule("bad", "area", CORE, 0, "s"), "found a limit of 0 nm2"),
        (Rule("bad", "angle", CORE, 120, "s"), "found a limit of 120 deg, expected at most 90 deg"),
        (Rule("bad", "enclosure", CORE, 180, "s"), "found no second layer, expected two layers for enclosure"),
        (Rule("bad", "width", CORE, 180, "s", HEATER), "found a second layer (47, 0), expected one layer for width"),
        (Rule("bad", "width", CORE, 180, "s", unless_on=HEATER), "found unless_on for width"),
        (Rule("bad", "bend_radius", CORE, 100, "s", guide_width_nm=500), "found a waveguide 500 nm wide"),
        (Rule("a b; c", "width", CORE, 180, "s"), "found the name 'a b; c', expected letters"),
        (Rule("core_width", "width", CORE, 180, "s"), "found the name twice"),
    ],
)
def test_a_rule_that_cannot_be_checked_is_refused(generic: Pdk, rule: Rule, text: str) -> None:
    with pytest.raises(RuleError) as error:
        require(replace(generic, rules=(*generic.rules, rule)))
    assert text in str(error.value)
    assert str(error.value).startswith(f"generic rule {rule.name!r}: ") and "\n" not in str(error.value)
