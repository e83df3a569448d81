"""Cells with wires: each a flat component, o1 at (0, 0), electrical ports on the top metal."""

import gdsfactory as gf
import klayout.db as kdb

from pdk.contract import Port
from pdk.generic import tech
from pdk.generic.drawing import component, flat, parts

TWO = {"o1": "o1", "o2": "o2"}
HEATER_LENGTH_UM = 100.0
HEATER_LEAD_NM = 16_000
"""Straight before and after the heater, whose contacts reach out 15.9 um: all metal lies between o1 and o2."""

MODULATOR_ARM_UM = 200.0
ATTENUATOR_UM = 100.0
DIODE_UM = 40.0
STRAP_NM = 10_000
"""Width of the metal straps that bring a modulator's electrodes to its upper side."""
STRAP_GAP_NM = 15_000
"""From the end of an electrode to a strap that passes it."""
ELECTRODE_X_NM = (55_500, 235_500)
INNER_Y_NM = (11_625, 21_625)
OUTER_Y_NM = (23_625, 33_625)
"""Where gdsfactory's mzi puts the electrodes of its upper arm, seen from o1; the lower arm's are their mirror image."""
PIN_TOP_NM = 11_000
"""Upper edge of the electrode of gdsfactory's straight_pin."""


def phase_shifter() -> gf.Component:
    """Waveguide under a metal heater of 100 um; e1 left contact, e2 right contact, both open to the north.

            e1                      e2
          ┌────┐════════════════┌────┐
    o1 ───┤    │     heater     │    ├─── o2
          └────┘════════════════└────┘
    """
    heated = parts().straight_heater_metal(length=HEATER_LENGTH_UM)
    with_leads = gf.Component()
    body = with_leads.add_ref(heated)
    for port in ("o1", "o2"):
        lead = with_leads.add_ref(parts().straight(length=HEATER_LEAD_NM / 1000))
        lead.connect("o1", body.ports[port])
        with_leads.add_port(port, port=lead.ports["o2"])
    with_leads.add_port("e1", port=body.ports["l_e2"])
    with_leads.add_port("e2", port=body.ports["r_e2"])
    return flat("phase_shifter", with_leads, TWO | {"e1": "e1", "e2": "e2"})


def photodiode() -> gf.Component:
    """Germanium on silicon: o1 light in, e1 anode (p side), e2 cathode (n side)."""
    source = parts().ge_detector_straight_si_contacts(length=DIODE_UM)
    return flat("photodiode", source, {"o1": "o1", "e1": "top", "e2": "bot"})


def modulator() -> gf.Component:
    """Push-pull Mach-Zehnder modulator: depletion diodes in both arms between two 1x2 MMIs.

    Both diodes lie the same way up, so they are in series from e1 to e2. e1 is the outer anode of the upper arm (bias
    below e3), e2 the outer cathode of the lower arm (bias above e3), e3 the node between them: one signal on it drives
    the arms oppositely. Straps bring all three to the upper side:

           e3     e1       e2
           │  ┌─────────┐  │
           │  └─────────┘  │
           ├──┌─────────┐  │
    o1 ────┤──└─────────┘──┼── o2
           ├──┌─────────┐  │
           │  └─────────┘  │
              ┌─────────┐  │
              └─────────┘──┘
    """
    library = parts()
    arm = library.straight_pn(length=MODULATOR_ARM_UM)
    mzi = library.mzi(delta_length=0, length_x=MODULATOR_ARM_UM, straight_x_top=arm, straight_x_bot=arm)
    west, east = ELECTRODE_X_NM
    inner, outer = INNER_Y_NM, OUTER_Y_NM
    west_bar = (west - STRAP_GAP_NM - STRAP_NM, west - STRAP_GAP_NM)
    east_bar = (east + STRAP_GAP_NM, east + STRAP_GAP_NM + STRAP_NM)
    straps = [
        (west_bar[0], inner[0], west, inner[1]),
        (west_bar[0], -inner[1], west, -inner[0]),
        (west_bar[0], -inner[1], west_bar[1], outer[1]),
        (east, -outer[1], east_bar[1], -outer[0]),
        (east_bar[0], -outer[1], east_bar[1], outer[1]),
    ]
    wires = [
        Port("e1", (west + east) // 2, outer[1], 90, STRAP_NM, "electrical"),
        Port("e2", sum(east_bar) // 2, outer[1], 90, STRAP_NM, "electrical"),
        Port("e3", sum(west_bar) // 2, outer[1], 90, STRAP_NM, "electrical"),
    ]
    return flat("modulator", mzi, TWO, [(tech.LAYERS["m3"], strap) for strap in straps], wires)


def attenuator() -> gf.Component:
    """Variable attenuator: forward-biased PIN ridge; e1 upper contact (n side), e2 lower contact (p side)."""
    middle_nm = round(ATTENUATOR_UM * 500)
    wires = [
        Port("e1", middle_nm, PIN_TOP_NM, 90, STRAP_NM, "electrical"),
        Port("e2", middle_nm, -PIN_TOP_NM, 270, STRAP_NM, "electrical"),
    ]
    return flat("attenuator", parts().straight_pin(length=ATTENUATOR_UM), TWO, electrical=wires)


def bond_pad() -> gf.Component:
    """80 um pad with its opening in the passivation; e1 on its west edge."""
    source = parts().pad(size=(80.0, 80.0), bbox_layers=("PADOPEN",), bbox_offsets=(-5.0,))
    return flat("bond_pad", source, {"e1": "e1"})


def bump() -> gf.Component:
    """Octagonal landing of a copper pillar, 50 um across, with its opening in the passivation; e1 on its west edge."""
    width = tech.BUMP_DIAMETER_NM
    landing, opening = _octagon(width), _octagon(width - 8_000).moved(4_000, 0)
    regions = {tech.LAYERS["m3"]: kdb.Region(landing), tech.LAYERS["pad_open"]: kdb.Region(opening)}
    return component("bump", regions, [Port("e1", 0, 0, 180, 20_000, "electrical")])


def _octagon(width_nm: int) -> kdb.Polygon:
    """A regular octagon, to the grid, whose west edge has its middle at (0, 0)."""
    half, flat_half = width_nm // 2, round(width_nm * 0.2071)
    corners = [(half, flat_half), (flat_half, half), (-flat_half, half), (-half, flat_half)]
    points = corners + [(-x, -y) for x, y in corners]
    return kdb.Polygon([kdb.Point(x + half, y) for x, y in points])
