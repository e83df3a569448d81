"""Which way up electro-optic devices lie: the field between their electrodes acts along one axis of the crystal.

In an x-cut film the field must run across a waveguide that runs along x; upside down it has the other sign. A heater
may lie as it likes.
"""

from collections.abc import Iterable, Iterator

from layouts.geometry import Placed
from pdk.contract import Pdk, Role
from pdk.finding import Finding

DRIVEN_BY_FIELD = (Role.PHASE_SHIFTER, Role.MODULATOR)


def polarity(devices: Iterable[Placed], pdk: Pdk) -> Iterator[Finding]:
    """Findings for driven devices that lie across the crystal's axis, and for phase shifters that lie upside down.

    (A modulator upside down is the same with the other sign of its amplitude, which calibration finds.)
    """
    if pdk.drive.kind != "electro-optic":
        return
    for device in devices:
        role, at = pdk.role_of(device.instance.component), device.at
        if role not in DRIVEN_BY_FIELD:
            continue
        if at.angle_deg not in (0, 180):
            mend = "place it along x"
            yield Finding(device.path, "crystal_axis", f"turned by {at.angle_deg} degrees", "0 or 180 degrees", mend)
        elif role is Role.PHASE_SHIFTER and (at.angle_deg == 0) == at.mirror:
            measured, limit = "upside down: its voltage has the other sign", "upright"
            yield Finding(device.path, "polarity", measured, limit, "mirror it at the x axis")
