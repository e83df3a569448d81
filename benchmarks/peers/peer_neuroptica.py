"""neuroptica: Clements layers in NumPy and Numba, trained by in-situ backpropagation (Hughes et al. 2018)."""

from typing import Any

import neuroptica as neu
import numpy as np
from work import LAYERS, LEARNING_RATE, SETS, Work, batch, random_phases, relative_error

PACKAGES = ("neuroptica", "numpy", "numba")
FAST = {"cache_fields": True, "use_partial_vectors": True}
"""The options that neuroptica offers for speed: fields kept from the forward pass, meshes as pairs of vectors."""


def network(ports: int) -> Any:
    """3 Clements layers with |field|² after each: the detected power is the next layer's field."""
    np.random.seed(0)
    layers = []
    for _ in range(LAYERS):
        layers += [neu.ClementsLayer(ports), neu.Activation(neu.AbsSquared(ports))]
    return neu.Sequential(layers)


def step(ports: int, size: int) -> Work:
    x, y = (part.T + 0j for part in batch(ports, size))
    model = network(ports)
    optimizer = neu.InSituAdam(model, neu.MeanSquaredError, step_size=LEARNING_RATE)

    def run() -> None:
        optimizer.fit(x, y, epochs=1, batch_size=size, show_progress=False, **FAST)

    def gradient_error() -> float:
        """Of the θ with the steepest slope in the first mesh; the gradient as `InSituAdam.fit` forms it."""
        out = model.forward_pass(x, **FAST)
        delta = neu.MeanSquaredError.dL(out, y)
        back = model.backward_pass(delta, **FAST)
        first = model.layers[0]
        gradients = first.mesh.compute_gradients(first.input_prev, back[model.layers[1].__name__], **FAST)
        slopes = {c: g[0].mean() for c, g in gradients.items() if isinstance(c, neu.MZI)}
        steepest = max(slopes, key=lambda component: abs(slopes[component]))
        start = steepest.theta

        def shifted(by: float) -> float:
            steepest.theta = start + by
            value = neu.MeanSquaredError.L(model.forward_pass(x), y).mean()
            steepest.theta = start
            return value

        return relative_error(slopes[steepest], shifted(1e-4), shifted(-1e-4), 1e-4)

    what = "InSituAdam.fit of one batch: |field|² after each mesh is the next field; gradient in θ, φ; Adam"
    return Work(run, "phases", "complex128", what, PACKAGES, gradient_error)


def forward(ports: int, size: int) -> Work:
    x = batch(ports, size)[0].T + 0j
    np.random.seed(0)
    layer = neu.ClementsLayer(ports)
    components = [c for c in layer.mesh.all_tunable_components() if isinstance(c, neu.MZI)]
    sets = [random_phases((len(components), 2), seed).tolist() for seed in range(SETS)]
    count = iter(range(10**9))

    def run() -> None:
        for component, (theta, phi) in zip(components, sets[next(count) % SETS], strict=True):
            component.theta, component.phi = theta, phi
        layer.forward_pass(x, **FAST)

    return Work(run, "phases", "complex128", "phases set, ClementsLayer.forward_pass", PACKAGES)


WORKS = {("step", "in situ"): step, ("forward", "in situ"): forward}
