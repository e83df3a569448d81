"""Where the ports of a device are: what templates, routers and models rely on, role by role (`pdk.contract.Role`)."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from pdk.contract import Device, Pdk, Port, Role
from pdk.finding import Finding

FOUR = ("o1", "o2", "o3", "o4")
OPTICAL: Mapping[Role, tuple[str, ...]] = MappingProxyType(
    {
        Role.BEND: ("o1", "o2"),
        Role.SPLITTER_2X2: FOUR,
        Role.SPLITTER_1X2: ("o1", "o2", "o3"),
        Role.COUPLER: FOUR,
        Role.TAP: FOUR,
        Role.BALANCE_TAP: FOUR,
        Role.PHASE_SHIFTER: ("o1", "o2"),
        Role.MODULATOR: ("o1", "o2"),
        Role.ATTENUATOR: ("o1", "o2"),
        Role.CROSSING: FOUR,
        Role.PHOTODIODE: ("o1",),
        Role.LOOP_MIRROR: ("o1",),
        Role.TERMINATION: ("o1",),
        Role.EDGE_COUPLER: ("o1", "o2"),
        Role.GRATING_COUPLER: ("o1", "o2"),
    }
)
"""Optical ports of each role; the other roles have none."""

FIBRES = (Role.EDGE_COUPLER, Role.GRATING_COUPLER)
"""Their o2 is the fibre: of its own width, and above the chip for a grating."""
OVERHANG_NM = 5_000
"""How far a tip may reach beyond the facet, where the die is cut through it."""
LINES = (Role.PHASE_SHIFTER, Role.MODULATOR, Role.ATTENUATOR)
"""Devices on one line of waveguide."""
COUPLERS = (Role.SPLITTER_2X2, Role.COUPLER, Role.TAP, Role.BALANCE_TAP)


def frames(pdk: Pdk) -> Iterator[Finding]:
    """Every device whose ports or extent are not as its role asks."""
    for device in pdk.devices.values():
        place = f"{pdk.name} {device.name}"
        names = _names(device, place)
        yield from names
        if not names:
            yield from _ports(pdk, device, place)
            for found, limit, mend in _places(pdk, device):
                yield Finding(place, "frame", found, f"{limit} ({device.role})", mend)


def optical(device: Device) -> list[Port]:
    """Ports that light passes."""
    return [port for port in device.ports if port.kind == "optical"]


def electrical(device: Device) -> list[Port]:
    """Ports that a wire ends at."""
    return [port for port in device.ports if port.kind == "electrical"]


def _names(device: Device, place: str) -> list[Finding]:
    """Wrong names or counts of ports; without the right ones nothing else can be said."""
    light, wires = [p.name for p in optical(device)], [p.name for p in electrical(device)]
    findings = []
    wanted = list(OPTICAL.get(device.role, ()))
    if light != wanted:
        mend = "rename them; ports are sorted, the optical ones first"
        findings.append(Finding(place, "ports", _said(light), f"{_said(wanted)} ({device.role})", mend))
    if wires != [f"e{k + 1}" for k in range(len(wires))]:
        findings.append(Finding(place, "ports", _said(wires), "e1, e2, ... in order", "rename them"))
    least, most = _terminals(device.role)
    if not least <= len(wires) <= most:
        limit = f"{least} electrical ports" if least == most else f"{least} to {most} electrical ports"
        findings.append(Finding(place, "ports", f"{len(wires)}", f"{limit} ({device.role})", "correct the ports"))
    return findings


def _terminals(role: Role) -> tuple[int, int]:
    """Fewest and most electrical ports."""
    if role in (Role.PHASE_SHIFTER, Role.ATTENUATOR):
        return 2, 2
    if role in (Role.BOND_PAD, Role.BUMP):
        return 1, 1
    return {Role.MODULATOR: (2, 3), Role.PHOTODIODE: (0, 2)}.get(role, (0, 0))


def _ports(pdk: Pdk, device: Device, place: str) -> Iterator[Finding]:
    """Widths, and that each port faces outward: nothing of the device lies further out where it stands."""
    left, bottom, right, top = device.bbox_nm
    for port in device.ports:
        at = f"{place}.{port.name}"
        is_fibre = device.role in FIBRES and port.name == "o2"
        if port.width_nm <= 0 or port.width_nm % 2:
            yield Finding(at, "port_width", f"{port.width_nm} nm", "an even number of nm", "so that it is on the grid")
        if port.kind == "optical" and not is_fibre and port.width_nm != pdk.waveguide_width_nm:
            limit = f"the waveguide's {pdk.waveguide_width_nm} nm"
            yield Finding(at, "port_width", f"{port.width_nm} nm", limit, "taper the device's own waveguide to it")
        if not (left <= port.x_nm <= right and bottom <= port.y_nm <= top):
            found, limit = f"{port.x_nm}, {port.y_nm} nm", f"inside {device.bbox_nm}"
            yield Finding(at, "port_place", found, limit, "ports lie on the device's polygons")


def _places(pdk: Pdk, device: Device) -> Iterator[tuple[str, str, str]]:
    """(found, limit, mend) of whatever stands elsewhere or faces another way than the role asks."""
    at = {port.name: (port.x_nm, port.y_nm, port.angle_deg) for port in device.ports}
    left, bottom, right, top = device.bbox_nm
    role = device.role
    if "o1" in at:
        yield from _is(at, o1=(0, 0, 180))
        if left < 0:
            yield f"polygons down to x = {left} nm", "nothing west of o1", "move o1 out to the edge"
    if role is Role.BEND:
        yield from _is(at, o2=(pdk.bend_radius_nm, pdk.bend_radius_nm, 90))
    elif role in COUPLERS:
        length, gap = at["o4"][0], at["o2"][1]
        yield from _is(at, o2=(0, gap, 180), o3=(length, gap, 0), o4=(length, 0, 0))
        if gap <= 0:
            yield f"o2 at y = {gap} nm", "above o1", "mirror the device"
        if bottom + top != gap:
            yield f"y from {bottom} to {top} nm", f"symmetric about y = {gap / 2:g} nm", "draw it symmetric"
    elif role is Role.SPLITTER_1X2:
        length, half = at["o2"][0], at["o2"][1]
        yield from _is(at, o2=(length, half, 0), o3=(length, -half, 0))
        if half <= 0:
            yield f"o2 at y = {half} nm", "the upper port", "swap o2 and o3"
    elif role is Role.CROSSING:
        half = at["o2"][1]
        yield from _is(at, o2=(half, half, 90), o3=(2 * half, 0, 0), o4=(half, -half, 270))
    elif role in LINES:
        yield from _is(at, o2=(at["o2"][0], 0, 0))
        yield from _wired(device)
    elif role is Role.PHOTODIODE and "e2" in at and at["e1"][1] <= at["e2"][1]:
        yield f"e1 at y = {at['e1'][1]} nm", f"the anode e1 above the cathode e2, {at['e2'][1]} nm", "swap them"
    elif role in FIBRES:
        yield from _is(at, o2=(at["o2"][0], at["o2"][1], 0))
        if role is Role.EDGE_COUPLER and not 0 <= right - at["o2"][0] <= OVERHANG_NM:
            yield f"o2 at x = {at['o2'][0]} nm", f"at the facet, x = {right} nm", "let it end at the facet"
    elif role in (Role.BOND_PAD, Role.BUMP):
        yield from _is(at, e1=(0, 0, 180))
        if left != 0 or bottom + top != 0:
            yield f"{device.bbox_nm} nm", "its west edge's middle at 0, 0", "move it"
    elif role is Role.ALIGNMENT_MARK and (left + right or bottom + top):
        yield f"{device.bbox_nm} nm", "its middle at 0, 0", "move it"
    ends = [port.x_nm for port in optical(device) if port.angle_deg == 0 and role not in FIBRES]
    if ends and right > max(ends):
        yield f"polygons up to x = {right} nm", f"nothing east of its ports, {max(ends)} nm", "move the ports out"
    if device.path_nm < 0 or (role in (*LINES, *COUPLERS, Role.BEND, Role.CROSSING) and device.path_nm == 0):
        yield f"a path of {device.path_nm} nm", "its length of waveguide, above 0", "state it in the table"


def _wired(device: Device) -> Iterator[tuple[str, str, str]]:
    """Terminals of devices on a line: between o1 and o2; of phase shifters and modulators all to the north."""
    end, terminals = device.port("o2").x_nm, electrical(device)
    for port in terminals:
        if not 0 <= port.x_nm <= end:
            yield f"{port.name} at x = {port.x_nm} nm", f"between o1 and o2, 0 to {end} nm", "move it"
        if port.angle_deg != 90 and device.role is not Role.ATTENUATOR:
            yield f"{port.name} facing {port.angle_deg} deg", "north, 90 deg", "lead it to the upper side"
    if device.role is Role.PHASE_SHIFTER:
        west, east = terminals
        if west.x_nm >= east.x_nm or west.x_nm + east.x_nm != end or west.y_nm != east.y_nm:
            found = f"e1 at {west.x_nm}, {west.y_nm} nm and e2 at {east.x_nm}, {east.y_nm} nm"
            yield found, f"mirror images about x = {end / 2:g} nm, e1 in the west", "draw it symmetric"


def _is(at: Mapping[str, tuple[int, int, int]], **wanted: tuple[int, int, int]) -> Iterator[tuple[str, str, str]]:
    """Ports that are not at (x_nm, y_nm, angle_deg)."""
    for name, (x, y, angle) in wanted.items():
        if at[name] != (x, y, angle):
            found = "{} at {}, {} nm facing {} deg".format(name, *at[name])
            yield found, f"{x}, {y} nm facing {angle} deg", "move or turn the device, or rename its ports"


def _said(names: list[str]) -> str:
    return ", ".join(names) or "none"
