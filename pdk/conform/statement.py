"""What a foundry says of itself: roles, layers, rules, metals, dies, licence."""

import re
from collections.abc import Iterator
from itertools import pairwise

from pdk.contract import Pdk, Role
from pdk.finding import Finding
from pdk.ports import MARKER_LAYERS
from pdk.rules import RuleError, require

LAYERS = ("core", "die", *MARKER_LAYERS)
"""Layers that every process names; `die` is where its frame is drawn."""
BLOCKS = re.compile(
    r"chip|layer(_.+)?|structures|bare_mzi|mesh_\d+|feed_\d+|mzi(_attenuator)?|edge|balance|escape|(in|out)put_cell"
    r"|(backward|blind|monitor)_tap|(bank|column|supply|tree)_.+|weight_(mzi|pin)|(input|neuron)_head|output_neuron"
    r"|readout_.+|straight(_.+)?"
)
"""Names of the cells that circuits are made of (compiler), and of straight waveguides: no device may have one."""
CENTRE_UM = 1.55
"""Where the rooms evaluate the models."""


def statement(pdk: Pdk) -> Iterator[Finding]:
    """Everything that can be seen without drawing a cell or opening a model."""
    yield from _roles(pdk)
    yield from _layers(pdk)
    yield from _metals(pdk)
    yield from _sizes(pdk)
    yield from _words(pdk)


def _roles(pdk: Pdk) -> Iterator[Finding]:
    for role in Role:
        if role not in pdk.roles and role not in pdk.missing:
            mend = "name the cell that plays it in `roles`, or say in `missing` what its lack means"
            yield Finding(f"{pdk.name} {role}", "role", "neither played nor missing", "one of both", mend)
    for role, name in pdk.roles.items():
        if role is Role.STRAIGHT:
            continue
        if name not in pdk.devices:
            mend = "add the cell to the table, or correct `roles`"
            yield Finding(f"{pdk.name} {role}", "role", f"a cell {name!r} that is not there", "a cell", mend)
        elif pdk.devices[name].role is not role and role not in pdk.missing:
            found = f"{name}, a cell for {pdk.devices[name].role}"
            yield Finding(f"{pdk.name} {role}", "role", found, "its own cell", "say in `missing` that it stands in")
    for name in pdk.devices:
        if BLOCKS.fullmatch(name):
            found = "the name of a block of circuits"
            yield Finding(f"{pdk.name} {name}", "name", found, "a name of the device's own", "rename the cell")
    for role, why in pdk.missing.items():
        if not why.strip():
            yield Finding(f"{pdk.name} {role}", "role", "missing without a word", "what that means", "say it")
    reader = pdk.devices.get(pdk.roles.get(Role.PHOTODIODE, ""))
    if reader is not None:
        wires = sum(port.kind == "electrical" for port in reader.ports)
        if wires != (0 if pdk.camera else 2):
            limit = "none: `missing` says that a camera reads it" if pdk.camera else "2, anode and cathode"
            mend = "name the cell that reads, or say in `missing` that light leaves the chip"
            yield Finding(f"{pdk.name} {Role.PHOTODIODE}", "role", f"{reader.name} of {wires} terminals", limit, mend)
    for role in (Role.STRAIGHT, Role.BEND):
        if role not in pdk.roles:
            yield Finding(f"{pdk.name} {role}", "role", "none", "a cell: nothing can be routed", "draw one")


def _layers(pdk: Pdk) -> Iterator[Finding]:
    for name in (*LAYERS, *pdk.straight_layers, *pdk.submission.drops):
        if name not in pdk.layers:
            yield Finding(f"{pdk.name} layers", "layer", f"no {name}", "a layer of that name", "add it to the layers")
    seen: dict[tuple[int, int], str] = {}
    for name, layer in pdk.layers.items():
        if layer in seen:
            found = f"{layer[0]}/{layer[1]} as {seen[layer]} too"
            yield Finding(f"{pdk.name} layer {name}", "layer", found, "a layer of its own", "give each one name")
        seen[layer] = name
    try:
        require(pdk)
    except RuleError as error:
        yield Finding(f"{pdk.name} rules", "rule", str(error), "rules that can be checked", "see pdk.rules")
    for rule in pdk.rules:
        if not rule.source.strip():
            yield Finding(f"{pdk.name} rule {rule.name}", "source", "none", "where the limit is from", "state it")


def _metals(pdk: Pdk) -> Iterator[Finding]:
    names = [metal.name for metal in pdk.metals]
    for name in (*names, *pdk.stack):
        if name not in pdk.layers:
            mend = "add it to the layers, or correct its name"
            yield Finding(f"{pdk.name} metal {name}", "metal", "no such layer", "a key of the layers", mend)
    if not names:
        yield Finding(f"{pdk.name} metals", "metal", "none", "a metal for wires", "add it")
        return
    if [name for name in pdk.stack if name in names] != names:
        found = ", ".join(pdk.stack) or "none"
        mend = "name the metals in `stack`, the lowest first"
        yield Finding(f"{pdk.name} stack", "stack", found, f"with {', '.join(names)} in that order", mend)
    elif pdk.stack[-1] != names[-1] or any(pdk.stack.index(b) - pdk.stack.index(a) != 2 for a, b in pairwise(names)):
        found = ", ".join(pdk.stack)
        mend = "cuts between two metals, the metal of pads last"
        yield Finding(f"{pdk.name} stack", "stack", found, "metal, cuts, metal, ..., metal", mend)
    for metal in pdk.metals:
        even = metal.width_nm > 0 and metal.width_nm % 2 == 0
        if not even or min(metal.space_nm, metal.sheet_mohm, metal.limit_ma_per_um) <= 0 or not metal.source:
            mend = "wires are centred on the grid; state where the numbers are from"
            yield Finding(f"{pdk.name} metal {metal.name}", "metal", str(metal), "even width, all above 0", mend)


def _sizes(pdk: Pdk) -> Iterator[Finding]:
    if pdk.waveguide_width_nm <= 0 or pdk.waveguide_width_nm % 2:
        found = f"{pdk.waveguide_width_nm} nm"
        yield Finding(f"{pdk.name} waveguide", "width", found, "an even number of nm", "widen it by 1 nm")
    for rule in pdk.rules:
        if rule.kind == "bend_radius" and pdk.bend_radius_nm < rule.limit:
            found, limit = f"{pdk.bend_radius_nm} nm", f"at least {rule.limit} nm ({rule.name})"
            yield Finding(f"{pdk.name} bend", "bend_radius", found, limit, "choose a gentler bend")
    low, high = pdk.wavelength_range_um
    if not 0 < low < CENTRE_UM < high:
        found, limit = f"{low} to {high} um", f"a range about {CENTRE_UM} um, where circuits are evaluated"
        yield Finding(f"{pdk.name} wavelengths", "wavelength", found, limit, "state where the models hold")
    for role, pitch in ((Role.BOND_PAD, pdk.pad_pitch_nm), (Role.BUMP, pdk.bump_pitch_nm)):
        name = pdk.roles.get(role, "")
        if name in pdk.devices and pdk.devices[name].role is role:
            _, bottom, _, top = pdk.devices[name].bbox_nm
            if pitch <= top - bottom:
                found, limit = f"a pitch of {pitch} nm", f"more than its height, {top - bottom} nm"
                yield Finding(f"{pdk.name} {role}", "pitch", found, limit, "set the pitch")
    largest = [pdk.numbers[name].value * 1e6 for name in ("reticle_short_mm", "reticle_long_mm") if name in pdk.numbers]
    for width, height in pdk.dies_nm if len(largest) == 2 else ():
        if min(width, height) > largest[0] or max(width, height) > largest[1]:
            found, limit = f"{width} x {height} nm", f"inside {largest[1]:.0f} x {largest[0]:.0f} nm"
            yield Finding(
                f"{pdk.name} dies", "die", found, limit, "correct it, or reticle_short_mm and reticle_long_mm"
            )
    areas = [width * height for width, height in pdk.dies_nm]
    if any(area <= 0 for area in areas) or areas != sorted(areas):
        yield Finding(f"{pdk.name} dies", "die", str(pdk.dies_nm), "the smallest first", "sort them")


def _words(pdk: Pdk) -> Iterator[Finding]:
    for name in ("name", "version", "about", "licence"):
        if not getattr(pdk, name).strip():
            yield Finding(f"{pdk.name} {name}", "statement", "nothing", "a line of text", "fill it in")
    if pdk.package and not pdk.extra:
        yield Finding(f"{pdk.name} extra", "statement", "none", f"what installs {pdk.package}", "name it")
    if "{name}" not in pdk.submission.top_cell:
        found = pdk.submission.top_cell
        yield Finding(f"{pdk.name} top cell", "submission", found, "a name with {name} in it", "put it in")
    if not pdk.submission.needs:
        limit = "what a real submission needs beside the bundle"
        yield Finding(f"{pdk.name} submission", "submission", "no needs", limit, "say it, a sentence each")
