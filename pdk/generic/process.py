"""The generic process as one value."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pdk.contract import Model, Pdk, Role
from pdk.generic import numbers, table, tech


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
    )


def _models() -> Mapping[str, Model]:
    from pdk.generic import models_active, models_passive

    return MappingProxyType(models_passive.MODELS | models_active.MODELS)


def _build(name: str, length_nm: int | None = None) -> Any:
    from pdk.generic import cells

    return cells.build(name, length_nm)
