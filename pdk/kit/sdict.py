"""How a model writes down its S-matrix: each pair of ports once, reciprocal by construction."""

from collections.abc import Mapping

from jax import Array
from jax.typing import ArrayLike

from pdk.light import jnp

SDict = dict[tuple[str, str], Array]
"""{(port in, port out): complex amplitude}; pairs that are left out are zero (SAX's convention)."""


def reciprocal(entries: Mapping[tuple[str, str], ArrayLike], wl: ArrayLike) -> SDict:
    """Both directions of every entry, all complex and broadcast to one shape with the wavelengths `wl`."""
    arrays = {pair: jnp.asarray(value, dtype=complex) for pair, value in entries.items()}
    shape = jnp.broadcast_shapes(jnp.shape(wl), *(array.shape for array in arrays.values()))
    whole = {pair: jnp.broadcast_to(array, shape) for pair, array in arrays.items()}
    return whole | {(b, a): array for (a, b), array in whole.items()}
