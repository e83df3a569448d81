"""The process's design rules as a DRC deck that the KLayout application runs, with or without a window.

    klayout -b -r rules.lydrc -rd input=chip.gds -rd report=out.lyrdb

The deck is the plain reading of the rules: it merges every layer and applies each rule to all of it. `layouts.rules`
looks only where something may be wrong; that both find the same places is what makes either believable.
"""

from pathlib import Path
from xml.sax.saxutils import escape

from layouts.curvature import SHARP_RAD, STEPS_PER_WINDOW, TOLERANCE, WINDOWS_PER_LIMIT
from layouts.violations import ANGLE_LIMIT_DEG
from pdk.contract import Layer, Pdk, Rule
from pdk.rules import limit_text, require

DATA = Path(__file__).parent / "data"


def deck(pdk: Pdk) -> str:
    """The text of the `.lydrc` macro. RuleError where a rule of the process cannot be checked."""
    require(pdk)
    names = {layer: name for name, layer in pdk.layers.items()}
    used = {layer for rule in pdk.rules for layer in (rule.layer, rule.other, rule.unless_on) if layer is not None}
    lines = [
        f"# Design rules of {pdk.name} {pdk.version}.",
        "# klayout -b -r rules.lydrc -rd input=chip.gds -rd report=out.lyrdb",
        "if $input then source($input) end",
        f'$report ? report("{pdk.name} {pdk.version}", $report) : report("{pdk.name} {pdk.version}")',
        "deep",
        "",
        _RUBY.read_text(encoding="utf-8").rstrip(),
        "",
        *(f"{names[layer]} = input({layer[0]}, {layer[1]})" for layer in sorted(used)),
        "",
    ]
    for rule in pdk.rules:
        lines += [f"# {rule.source}", f'{_statement(rule, names)}.output("{rule.name}", "{limit_text(rule)}")']
    return _MACRO.format(description=f"Design rules of {pdk.name} {pdk.version}", text=escape("\n".join(lines) + "\n"))


def _statement(rule: Rule, names: dict[Layer, str]) -> str:
    """The places that break a rule, as polygons."""
    layer, limit_um = names[rule.layer], f"{rule.limit / 1000:.3f}"
    other = names[rule.other] if rule.other else ""
    facing = f"{limit_um}, euclidian, angle_limit({ANGLE_LIMIT_DEG})).polygons(0.001).merged"
    match rule.kind:
        case "width" | "space":
            return f"{layer}.{rule.kind}({facing}"
        case "overlap":
            return f"({layer} & {other}).width({facing}"
        case "area":
            return f"{layer}.merged.with_area(nil, {rule.limit / 1e6:.6f})"
        case "angle":
            return f"acute_corners({layer}, {rule.limit})"
        case "enclosure":
            return f"({layer}.sized({limit_um}, square_limit) - {other}).merged"
        case "separation":
            outer = f"({other} - {names[rule.unless_on]})" if rule.unless_on else other
            return f"({outer}.sized({limit_um}, square_limit) & {layer}).merged"
        case "bend_radius":
            return (
                f"tight_bends({rule.layer[0]}, {rule.layer[1]}, limit: {rule.limit}.0, "
                f"guide_width: {rule.guide_width_nm}.0, sharp: {SHARP_RAD!r}, windows: {WINDOWS_PER_LIMIT}, "
                f"steps: {STEPS_PER_WINDOW}, tolerance: {TOLERANCE})"
            )
        case "grid":
            return f"off_grid({rule.layer[0]}, {rule.layer[1]}, {rule.limit})"


_RUBY = DATA / "deck.rb"
"""Checks that KLayout's DRC has no word for."""

_MACRO = """<?xml version="1.0" encoding="utf-8"?>
<klayout-macro>
 <description>{description}</description>
 <version/>
 <category>drc</category>
 <prolog/>
 <epilog/>
 <doc/>
 <autorun>false</autorun>
 <autorun-early>false</autorun-early>
 <shortcut/>
 <show-in-menu>true</show-in-menu>
 <group-name>drc_scripts</group-name>
 <menu-path>tools_menu.drc.end</menu-path>
 <interpreter>dsl</interpreter>
 <dsl-interpreter-name>drc-dsl-xml</dsl-interpreter-name>
 <text>{text}</text>
</klayout-macro>
"""
