"""Ways to spoil where wires end: bumps, terminals of devices, and the vias below them."""

import random

import klayout.db as kdb

from layouts.faults_draw import move_pin, named, own_cell, pick, step
from layouts.faults_metal import Wires, cuts_layer, is_bump, wires_of
from pdk.contract import Pdk, Role


def missing_via(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Leave the cuts of one terminal of a device out, so that its metals do not meet."""
    cuts, metal = cuts_layer(layout, pdk), layout.layer(*pdk.layers[pdk.metals[-1].name])
    with_vias = {cell.name for cell in layout.each_cell() if cell.name in pdk.devices and cell.shapes(cuts).size()}
    path, instance = pick(layout, rng, lambda name, cell: cell in with_vias)
    cell = own_cell(layout, instance)
    found = kdb.Region(cell.shapes(cuts)).merged()
    pads = kdb.Region(cell.shapes(metal)).merged().interacting(found)
    pad = rng.choice(list(pads.each()))
    cell.shapes(cuts).clear()
    cell.shapes(cuts).insert(found - kdb.Region(pad))
    return path


def swap_bumps(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Exchange the places of two bumps of a cell, and so the far ends of their wires.

    Not the two that lead to both ends of one heater and nothing else: that is a heater turned round, and no fault.
    """
    found = wires_of(layout, pdk, rng, apart=True)
    bumps = sorted(filter(is_bump, found.cell.each_inst()), key=lambda bump: str(bump.property(0)))
    while True:
        a, b = rng.sample(bumps, 2)
        at_a, at_b = _devices_at(found, a), _devices_at(found, b)
        if not (at_a == at_b and len(at_a) == 1 and _is_heater(named(found.cell, at_a[0]), layout, pdk)):
            break
    a.trans, b.trans = b.trans, a.trans
    return f"{found.path}.{a.property(0)}"


def _devices_at(found: Wires, bump: kdb.Instance) -> list[str]:
    wires = found.own.interacting(kdb.Region(bump.bbox(found.layer)))
    return [name for name in found.touching(wires) if not name.startswith("bump_")]


def _is_heater(instance: kdb.Instance, layout: kdb.Layout, pdk: Pdk) -> bool:
    return layout.cell(instance.cell_index).name == pdk.roles[Role.PHASE_SHIFTER]


def drop_bump(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Remove a bump."""
    path, instance = pick(layout, rng, lambda name, cell: name.startswith("bump_"))
    instance.delete()
    return path


def move_electrical_pin(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Move a terminal of a device by 10 nm or more, away from where its metal is contacted."""
    layer = layout.layer(*pdk.layers["pin_electrical"])
    with_pins = {cell.name for cell in layout.each_cell() if not cell.shapes(layer).is_empty()}
    path, instance = pick(layout, rng, lambda name, cell: cell in with_pins)
    move_pin(own_cell(layout, instance), layer, rng, step(rng, rng.randint(10, 200)))
    return path


def mirror_diode(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Lay a photodiode on its back: anode and cathode change places, light enters where it did."""
    path, instance = pick(layout, rng, lambda name, cell: cell == pdk.roles[Role.PHOTODIODE])
    instance.trans = instance.trans * kdb.Trans(0, True, 0, 2 * pdk.device(Role.PHOTODIODE).port("o1").y_nm)
    return path


def turn_modulator(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Turn a modulator end to end: signal and bias change places, light passes as it did."""
    path, instance = pick(layout, rng, lambda name, cell: cell == pdk.roles[Role.MODULATOR])
    instance.trans = instance.trans * kdb.Trans(2, True, pdk.device(Role.MODULATOR).port("o2").x_nm, 0)
    return path


def turn_heater(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """No fault: turn a heater end to end. Current flows through it the other way."""
    path, instance = pick(layout, rng, lambda name, cell: cell == pdk.roles[Role.PHASE_SHIFTER])
    instance.trans = instance.trans * kdb.Trans(2, True, pdk.device(Role.PHASE_SHIFTER).port("o2").x_nm, 0)
    return path
