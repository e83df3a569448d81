"""SiEPIC EBeam as one value."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pdk.contract import Model, Pdk, Role, Submission
from pdk.siepic import deck, numbers, table, tech

MISSING: Mapping[Role, str] = MappingProxyType(
    {
        Role.PHOTODIODE: "no germanium: light leaves by ebeam_gc_te1550 gratings, to a camera or fibres above the chip",
        Role.EDGE_COUPLER: "no facet: ebeam_gc_te1550 stands in, so fibres come from above",
        Role.ATTENUATOR: "no diodes: an interferometer with a heater shuts light off; crossbars take weights of MZIs",
        Role.BUMP: "no bumps: chips are wire bonded",
    }
)
"""What the process lacks."""

NEEDS = (
    "A run of Applied Nanotools with its two metals, and a whole chip of it: openEBL itself makes silicon alone, on "
    "605 x 410 um.",
    "The functional checks of SiEPIC-Tools (pins, components, test paths) ask for pins and outlines, which this file "
    "has no more: run them on the layout itself.",
    "The angle of the fibres: SiEPIC's read-me warns that the process has moved it since the gratings were made.",
)


def open_pdk() -> Pdk:
    """The process; reads the table of cells, draws nothing, and needs no package of the foundry."""
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
        row_pitch_nm=tech.ROW_PITCH_NM,
        about="220 nm silicon in oxide by electron beam, C band; metal heaters, no diodes: light is read from above",
        licence="MIT (siepic-ebeam-pdk and siepic); the KLayout application, which runs its deck, is GPL",
        package=tech.PACKAGE,
        extra=tech.EXTRA,
        submission=Submission(checks=MappingProxyType({deck.NAME: deck.check}), needs=NEEDS),
    )


def _models() -> Mapping[str, Model]:
    from pdk.kit.models import models
    from pdk.siepic.dimensions import BALANCE_COUPLING

    return models(open_pdk(), BALANCE_COUPLING)


def _build(name: str, length_nm: int | None = None) -> Any:
    from pdk.siepic import cells

    return cells.build(name, length_nm)
