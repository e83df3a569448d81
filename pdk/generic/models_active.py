"""S-matrices of the cells with wires. `wl` in um (1.5-1.6); settings and `wl` broadcast against each other.

A setting is what the electronics bring about in the light (a phase, an amplitude); how many volts or milliwatts it
takes is in the numbers of the process.
"""

from jax.typing import ArrayLike

from pdk.contract import Model
from pdk.generic.models_passive import PATH_NM
from pdk.generic.numbers import NUMBERS
from pdk.generic.propagation import propagate
from pdk.generic.sdict import SDict, reciprocal
from pdk.light import jnp


def phase_shifter(
    wl: ArrayLike = 1.55, phase_rad: ArrayLike = 0.0, loss_db: ArrayLike = NUMBERS["heater_loss_db"].value
) -> SDict:
    """Waveguide of the cell's length with `phase_rad` on top; `loss_db` comes beside the waveguide's own loss."""
    driven = jnp.exp(1j * jnp.asarray(phase_rad, dtype=float))
    return reciprocal({("o1", "o2"): propagate(wl, PATH_NM["phase_shifter"], loss_db) * driven}, wl)


def modulator(wl: ArrayLike = 1.55, amplitude: ArrayLike = 1.0) -> SDict:
    """Push-pull modulator: a real `amplitude` in [-1, 1], sign included, times insertion loss and path."""
    passed = propagate(wl, PATH_NM["modulator"], _loss_beside_waveguide_db("modulator"))
    return reciprocal({("o1", "o2"): passed * jnp.asarray(amplitude, dtype=float)}, wl)


def attenuator(wl: ArrayLike = 1.55, transmission: ArrayLike = 1.0) -> SDict:
    """Variable attenuator: power `transmission` (0..1) times insertion loss and path."""
    passed = propagate(wl, PATH_NM["attenuator"], _loss_beside_waveguide_db("attenuator"))
    return reciprocal({("o1", "o2"): passed * jnp.sqrt(jnp.asarray(transmission, dtype=float))}, wl)


def photodiode(wl: ArrayLike = 1.55) -> SDict:
    """Absorbs everything; the current is `photodiode_responsivity_a_per_w` times the power that arrives."""
    return reciprocal({("o1", "o1"): 0.0}, wl)


def _loss_beside_waveguide_db(name: str) -> float:
    """Insertion loss as published, less the waveguide loss that `propagate` adds for the cell's path."""
    waveguide_db = NUMBERS["waveguide_loss_db_per_cm"].value * PATH_NM[name] * 1e-7
    return NUMBERS[f"{name}_loss_db"].value - waveguide_db


MODELS: dict[str, Model] = {model.__name__: model for model in (phase_shifter, modulator, attenuator, photodiode)}
