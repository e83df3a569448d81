"""S-matrices of the roles with wires. `wl` in um; settings and `wl` broadcast against each other.

A setting is what the electronics bring about in the light (a phase, an amplitude); how many volts or milliwatts it
takes is in the numbers of the process.
"""

from collections.abc import Mapping

from jax.typing import ArrayLike

from pdk.contract import Model, Number, Role
from pdk.kit.guide import Guide
from pdk.kit.sdict import SDict, reciprocal
from pdk.light import jnp


def active_models(numbers: Mapping[str, Number], path_nm: Mapping[Role, int]) -> dict[Role, Model]:
    """A model for every role with wires, with the process's numbers and the lengths of waveguide of its cells."""
    guide = Guide.of(numbers)

    def inserted(wl: ArrayLike, role: Role):
        """A device's path with its insertion loss as published, which holds the loss of its waveguide."""
        length_nm = path_nm.get(role, 0)
        return guide.propagate(wl, length_nm, numbers[f"{role}_loss_db"].value - guide.loss_db(length_nm))

    def phase_shifter(
        wl: ArrayLike = 1.55, phase_rad: ArrayLike = 0.0, loss_db: ArrayLike = numbers["phase_shifter_loss_db"].value
    ) -> SDict:
        """Waveguide of the cell's length with `phase_rad` on top; `loss_db` comes beside the waveguide's own loss."""
        driven = jnp.exp(1j * jnp.asarray(phase_rad, dtype=float))
        length_nm = path_nm.get(Role.PHASE_SHIFTER, 0)
        return reciprocal({("o1", "o2"): guide.propagate(wl, length_nm, loss_db) * driven}, wl)

    def modulator(wl: ArrayLike = 1.55, amplitude: ArrayLike = 1.0) -> SDict:
        """Push-pull modulator: a real `amplitude` in [-1, 1], sign included, times insertion loss and path."""
        return reciprocal({("o1", "o2"): inserted(wl, Role.MODULATOR) * jnp.asarray(amplitude, dtype=float)}, wl)

    def attenuator(wl: ArrayLike = 1.55, transmission: ArrayLike = 1.0) -> SDict:
        """Variable attenuator: power `transmission` (0..1) times insertion loss and path."""
        passed = inserted(wl, Role.ATTENUATOR)
        return reciprocal({("o1", "o2"): passed * jnp.sqrt(jnp.asarray(transmission, dtype=float))}, wl)

    def photodiode(wl: ArrayLike = 1.55) -> SDict:
        """Takes everything; the current is `photodiode_responsivity_a_per_w` times the power that arrives."""
        return reciprocal({("o1", "o1"): 0.0}, wl)

    return {Role(model.__name__): model for model in (phase_shifter, modulator, attenuator, photodiode)}
