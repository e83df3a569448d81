"""Acme's process as one value."""

from acme_pdk import cells, tech
from pdk.contract import Pdk, Role, Submission
from pdk.kit.build import builder
from pdk.kit.models import models
from pdk.kit.table import drawn_devices

LACKS = (Role.SPLITTER_1X2, Role.COUPLER, Role.ATTENUATOR, Role.CROSSING, Role.GRATING_COUPLER)


def open_pdk() -> Pdk:
    """What the entry point names. Opens neither JAX nor gdsfactory."""
    devices = drawn_devices(cells.CELLS, tech.LAYERS)
    return Pdk(
        name="acme",
        version="1.2",
        layers=tech.LAYERS,
        devices=devices,
        roles={Role.STRAIGHT: "straight"} | {device.role: name for name, device in devices.items()},
        numbers=tech.NUMBERS,
        rules=tech.RULES,
        waveguide_width_nm=tech.WIDTH_NM,
        bend_radius_nm=tech.RADIUS_NM,
        wavelength_range_um=(1.53, 1.57),
        models=lambda: models(open_pdk(), tech.STRIP.couplers.power(*cells.BALANCE)),
        build=builder({name: draw for name, (_, draw, _) in cells.CELLS.items()}, tech.STRIP.straight),
        missing=dict.fromkeys(LACKS, "not offered: meshes of linear: unitary do without") | {Role.BUMP: "pads only"},
        metals=tech.METALS,
        stack=("m1", "via", "m2"),
        pad_pitch_nm=100_000,
        about="300 nm silicon in oxide, C band: an example, which nobody makes",
        licence="MIT",
        submission=Submission(needs=("Acme is made up.",)),
    )
