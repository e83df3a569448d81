"""One layer of a chip under one program: matrices that are solved when they are first asked for."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from chips import scatter
from chips.optics import LayerOptics


@dataclass(eq=False)
class Solved:
    """A layer of P tapped shifters, N inputs, C outputs. Matrices are (…, out, in), a leading K for K programs."""

    optics: LayerOptics
    phases_rad: np.ndarray
    """(…, F) of the programmed shifters, then those that only neighbours warm."""
    output_rad: np.ndarray
    """(…, C) what programmed shifters add at the output shifters."""
    reflection: np.ndarray | None
    """(2 K) what the mesh couplers send back; None: nothing."""

    @cached_property
    def ahead(self) -> np.ndarray:
        """(…, C, N) forward light, from mesh inputs to output rows."""
        return self.optics.ahead.matrix(self.phases_rad)

    @cached_property
    def back(self) -> np.ndarray:
        """(…, P + N + 2 K, C) backward light, from output rows to taps, mesh inputs and couplers."""
        return self.optics.back.matrix(self.phases_rad)

    @cached_property
    def scattered(self) -> np.ndarray | None:
        """(…, C, C) backward light that couplers turn forward, from output rows to output rows."""
        if self.reflection is None:
            return None
        return scatter.coupler_matrix(self.back[..., -len(self.reflection) :, :], self.reflection)
