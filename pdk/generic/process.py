"""The generic process as one value."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pdk.contract import Model, Pdk, Role, Submission
from pdk.generic import numbers, table, tech

NEEDS = ("Nobody makes this process: it is for trying things out. Compile for a foundry's to have a chip made.",)


def open_pdk() -> Pdk:
    """The generic process; reads the table of cells and imports neither gdsfactory nor JAX."""
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
        missing=MappingProxyType({}),
        metals=tech.METALS,
        stack=tech.STACK,
        pad_pitch_nm=tech.PAD_PITCH_NM,
        bump_pitch_nm=tech.BUMP_PITCH_NM,
        about="220 nm silicon in oxide, C band; heaters, depletion modulators, germanium; gdsfactory's generic cells",
        licence="MIT (gdsfactory)",
        submission=Submission(needs=NEEDS),
    )


def _models() -> Mapping[str, Model]:
    from pdk.generic.dimensions import BALANCE_COUPLING
    from pdk.kit.models import models

    return models(open_pdk(), BALANCE_COUPLING)


def _build(name: str, length_nm: int | None = None) -> Any:
    from pdk.generic import cells

    return cells.build(name, length_nm)
