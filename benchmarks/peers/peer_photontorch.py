"""photontorch: a general photonic circuit solver on PyTorch, with a Clements network; frequency domain.

It calls torch.solve, which PyTorch has since removed: put back by its replacement.
"""

import os
from typing import Any

import numpy as np
import torch

torch.solve = lambda b, a: (torch.linalg.solve(a, b), None)

import photontorch as pt  # noqa: E402
from work import LAYERS, LEARNING_RATE, OFFSET, SETS, Work, batch, random_phases, relative_error  # noqa: E402

PACKAGES = ("photontorch", "torch", "numpy")
ENVIRONMENT = {"wl": 1.55e-6, "freqdomain": True}
torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", torch.get_num_threads())))


def mesh(ports: int) -> Any:
    """A Clements mesh of trainable MZIs and phases between sources and detectors."""
    return pt.ClementsNxN(N=ports).terminate()


def powers(network: Any, amplitudes: torch.Tensor) -> torch.Tensor:
    """Powers at the detectors (batch, ports) for amplitudes at the sources (batch, ports)."""
    return network(source=amplitudes.T[None, None])[0, 0].T


def step(ports: int, size: int) -> Work:
    np.random.seed(0)
    x, y = (torch.tensor(part, dtype=torch.float32) for part in batch(ports, size))
    networks = torch.nn.ModuleList(mesh(ports) for _ in range(LAYERS))
    optimizer = torch.optim.SGD(networks.parameters(), lr=LEARNING_RATE)

    def loss() -> Any:
        field = x
        for network in networks:
            power = powers(network, field)
            field = torch.sqrt(power + OFFSET)
        return (power - y).square().mean()

    def run() -> None:
        optimizer.zero_grad()
        with pt.Environment(**ENVIRONMENT, grad=True):
            loss().backward()
        optimizer.step()

    def gradient_error() -> float:
        """The gradient is read first: each forward call of photontorch clears it."""
        with pt.Environment(**ENVIRONMENT, grad=True):
            loss().backward()
            slopes = {phase: float(phase.grad) for phase in networks[0].parameters()}
            phase = max(slopes, key=lambda one: abs(slopes[one]))
            values, move = [], 0.02
            for by in (move, -2 * move):
                phase.data += by
                values.append(float(loss()))
            phase.data += move
        return relative_error(slopes[phase], *values, move)

    what = "ClementsNxN between sources and detectors; sqrt; backward in θ, φ; SGD"
    return Work(run, "phases", "float32 pairs", what, PACKAGES, gradient_error)


def forward(ports: int, size: int) -> Work:
    np.random.seed(0)
    x = torch.tensor(batch(ports, size)[0], dtype=torch.float32)
    network = mesh(ports)
    phases = list(network.parameters())
    sets = [torch.tensor(random_phases((len(phases),), seed)) for seed in range(SETS)]
    count = iter(range(10**9))

    @torch.no_grad()
    def run() -> None:
        for phase, value in zip(phases, sets[next(count) % SETS], strict=True):
            phase.fill_(value)
        with pt.Environment(**ENVIRONMENT):
            powers(network, x)

    return Work(run, "phases", "float32 pairs", "phases set, powers at the detectors of ClementsNxN", PACKAGES)


WORKS = {("step", "clements"): step, ("forward", "clements"): forward}
