"""Luxtelligence's lnoi400 as one value."""

from collections.abc import Mapping
from math import pi
from types import MappingProxyType
from typing import Any

from pdk.contract import Model, Pdk, Role, Submission
from pdk.luxtelligence import electrodes, numbers, table, tech

MISSING: Mapping[Role, str] = MappingProxyType(
    {
        Role.PHOTODIODE: "taps and boundary detectors end in gratings, gc_focusing_1550, under a camera or fibre array",
        Role.CROSSING: "SVD layers, whose dump lines cross rows, cannot be had; take linear: unitary",
        Role.ATTENUATOR: "no cell shuts light off: crossbars, whose columns need shutters, cannot be had",
        Role.BUMP: "no flip chip: every terminal goes to a bond pad at an edge",
    }
)

SWING_V = numbers.NUMBERS["shifter_range_rad"].value / pi / 2 * electrodes.SHIFTER_V_PI_V / 2
"""Largest voltage of an electrode."""

NEEDS = (
    "A contract with Luxtelligence (foundry@luxtelligence.ai) and a place on one of its runs.",
    "Its rule deck, sent on request (resources.luxtelligence.ai); ours holds the minima that its package draws.",
    "Layers 6/0 and 6/1 of a chip of 5, 10 or 20 mm a side (chip_frame): 6/1 is drawn as large as the design is.",
    "Edge couplers end 5 um outside layer 6/1, for chips that are not polished; for others their tips must be longer.",
    "Waveguides of phase shifters lie along x, across the crystal's z axis: the file must not be turned by 90 degrees.",
    "Which way that axis points on the wafer: it decides the sign of all phases at once.",
    f"A bench with two sources a shifter, of {SWING_V:.0f} V either way: each electrode gets half of the voltage.",
    "Phases that static voltages set drift in lithium niobate, as charges move; calibrate often.",
)


def open_pdk() -> Pdk:
    """The process; reads the table of cells and imports neither lnoi400 nor JAX."""
    devices = table.devices()
    roles = {Role.STRAIGHT: "straight"} | {device.role: name for name, device in devices.items()}
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
        pad_pitch_nm=tech.PAD_PITCH_NM,
        straight_layers=MappingProxyType({"slab": tech.SLAB_WIDTH_NM}),
        row_pitch_nm=tech.ROW_PITCH_NM,
        dies_nm=tech.DIES_NM,
        about="400 nm x-cut lithium niobate on oxide, C band; Pockels shifters and modulators, read by gratings",
        licence="MIT (lnoi400); it pulls in gdsfactoryplus, which is proprietary",
        package="lnoi400",
        extra="luxtelligence",
        submission=Submission(needs=NEEDS),
    )


def _models() -> Mapping[str, Model]:
    from pdk.kit.models import models
    from pdk.luxtelligence.coupling import BALANCE_COUPLING

    return models(open_pdk(), BALANCE_COUPLING)


def _build(name: str, length_nm: int | None = None) -> Any:
    from pdk.luxtelligence import cells
    from pdk.registry import require_installed

    require_installed(open_pdk())
    return cells.build(name, length_nm)
