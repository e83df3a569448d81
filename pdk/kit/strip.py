"""Strip waveguides of one layer, and the cells that are nothing but them: drawn with klayout, on the grid."""

from dataclasses import dataclass

import klayout.db as kdb

from pdk.contract import Layer, Port
from pdk.kit.coupling import Evanescent
from pdk.kit.curves import euler_bend, s_bend
from pdk.kit.drawing import Drawn, Pieces, box, drawn, moved, together


@dataclass(frozen=True)
class Strip:
    """The routing waveguide of a process. Lengths in nm; a `way` is a length of waveguide that light passes."""

    core: Layer
    width_nm: int
    radius_nm: int
    couplers: Evanescent

    def line(self, west_nm: int, east_nm: int, y_nm: int = 0) -> Pieces:
        """A waveguide along x."""
        half = self.width_nm // 2
        return box(self.core, west_nm, y_nm - half, east_nm, y_nm + half)

    def ends(self, length_nm: int) -> list[Port]:
        """o1 and o2 of a device on one line; o1 alone where it has no length."""
        ports = [Port("o1", 0, 0, 180, self.width_nm), Port("o2", length_nm, 0, 0, self.width_nm)]
        return ports if length_nm else ports[:1]

    def corners(self, length_nm: int, pitch_nm: int) -> list[Port]:
        """o1 to o4 of a coupler, clockwise from the lower left."""
        west = [Port(f"o{k}", 0, y_nm, 180, self.width_nm) for k, y_nm in ((1, 0), (2, pitch_nm))]
        return west + [Port(f"o{k}", length_nm, y_nm, 0, self.width_nm) for k, y_nm in ((3, pitch_nm), (4, 0))]

    def straight(self, length_nm: int) -> Drawn:
        """A rectangle of core from o1 at (0, 0) to o2 at (length, 0)."""
        return drawn(f"straight_{length_nm}", self.line(0, length_nm), self.ends(length_nm))

    def bend(self, name: str) -> Drawn:
        """Euler bend, o1 at (0, 0) facing west to o2 at (R, R) facing north."""
        ports = [Port("o1", 0, 0, 180, self.width_nm), Port("o2", self.radius_nm, self.radius_nm, 90, self.width_nm)]
        return drawn(name, {self.core: kdb.Region(euler_bend(self.radius_nm, self.width_nm)[0])}, ports)

    def bend_way_nm(self) -> int:
        """Its way."""
        return euler_bend(self.radius_nm, self.width_nm)[1]

    def coupler(self, name: str, gap_nm: int, length_nm: int) -> Drawn:
        """Two waveguides that come together along S-bends, run side by side, and part; the bus is o1 to o4."""
        reach, rise, pitch = self._reach_nm(), self._rise_nm(gap_nm), round(self.couplers.pitch_um * 1000)
        end = 2 * reach + length_nm
        arm: Pieces = {self.core: kdb.Region(s_bend(reach, rise, self.width_nm)[0])}
        lower = together(arm, self.line(reach, reach + length_nm, rise), moved(arm, end, 0, 180, mirror=True))
        return drawn(name, together(lower, moved(lower, 0, pitch, mirror=True)), self.corners(end, pitch))

    def coupler_way_nm(self, gap_nm: int, length_nm: int) -> int:
        """The way along its bus."""
        return 2 * s_bend(self._reach_nm(), self._rise_nm(gap_nm), self.width_nm)[1] + length_nm

    def _reach_nm(self) -> int:
        return round(self.couplers.sbend_length_um * 1000)

    def _rise_nm(self, gap_nm: int) -> int:
        return round(self.couplers.sbend_height_um(gap_nm) * 1000)
