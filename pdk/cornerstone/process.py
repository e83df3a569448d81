"""CORNERSTONE's 220 nm silicon as one value."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pdk.contract import Model, Pdk, Role, Submission
from pdk.cornerstone import checks, numbers, table, tech

NO_PHOTODIODE = (
    "cspdk has a photodiode only as a flip-chip InGaAs die of 574 x 832 um (FCI-InGaAs-300B1, mounted on run 50). "
    "Its exclusion zone of 1.07 x 1.33 mm leaves room for 15 on a half cell and 30 on a full one, nothing else on it; "
    "a mesh reads tens of taps 127 um apart. So taps and outputs end in gratings under a camera, as in Pai et al. 2023 "
    "(doi:10.1126/science.ade8450). The site of the die is the cell photodiode_integrated"
)
MISSING: Mapping[Role, str] = MappingProxyType(
    {
        Role.PHOTODIODE: NO_PHOTODIODE,
        Role.EDGE_COUPLER: "the foundry's strip library has no edge coupler: fibres come down on gratings",
        Role.ATTENUATOR: "no diodes: an interferometer with a heater shuts light off; crossbars take weights of MZIs",
        Role.BUMP: "one metal and no solder: wires go to bond pads around the die",
    }
)
NEEDS = (
    "The top cell has to be named Cell0_ and the name of your institution (letters, digits, _): rename it.",
    "A cell bought on an MPW run of CORNERSTONE: half (5.5 x 4.9 mm) or full (11.47 x 4.9 mm), as the outline on 99/0.",
    "The foundry's geometric design rules, most of which the package does not hold: run `gfp check drc FILE --pdk "
    "cspdk.si220` (GDSFactory+, an account needed), and CORNERSTONE's KLayout pre-check if you have it.",
    "CORNERSTONE's design guideline and the forms of the call (export control among them): not in the package.",
    "Measured heaters: power for pi and resistance here are defaults of the package; calibrate before you drive them.",
    "Gratings packaged with a fibre array: the foundry's template has them 250 um apart, 16 to a side.",
)

DROPS = ("pin", "pin_electrical", "outline", "label")
"""Labels too: on 100/0 the foundry makes letters, and its check refuses a layer that has names and no polygon."""


def open_pdk() -> Pdk:
    """The process; reads the table of cells and imports neither cspdk nor JAX."""
    devices = table.devices()
    roles = {Role.STRAIGHT: "straight"} | {device.role: name for name, device in devices.items()}
    roles[Role.EDGE_COUPLER] = roles[Role.GRATING_COUPLER]
    return Pdk(
        name=tech.NAME,
        version=tech.VERSION,
        layers=tech.LAYERS,
        devices=MappingProxyType(devices),
        roles=MappingProxyType(roles),
        numbers=numbers.NUMBERS,
        rules=tech.RULES,
        waveguide_width_nm=tech.WAVEGUIDE_WIDTH_NM,
        bend_radius_nm=tech.BEND_RADIUS_NM,
        wavelength_range_um=tech.WAVELENGTH_RANGE_UM,
        models=_models,
        build=_build,
        missing=MISSING,
        metals=tech.METALS,
        stack=tech.STACK,
        touching=tech.TOUCHING,
        pad_pitch_nm=tech.PAD_PITCH_NM,
        dies_nm=tech.DIES_NM,
        about="CORNERSTONE (Southampton) MPW: 220 nm silicon strips, C band, TiN heaters, one metal; read by a camera",
        licence="MIT (cspdk); it installs gdsfactoryplus, which is proprietary",
        package="cspdk",
        extra="cornerstone",
        submission=Submission("Cell0_{name}", MappingProxyType({"submission": checks.check_submission}), NEEDS, DROPS),
    )


def _models() -> Mapping[str, Model]:
    from pdk.cornerstone.models import models

    return models(open_pdk())


def _build(name: str, length_nm: int | None = None) -> Any:
    from pdk.cornerstone import cells

    return cells.build(name, length_nm)
