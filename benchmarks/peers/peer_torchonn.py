"""torchonn: `MZIBlockLinear` of PyTorch, one block of N x N ports, real weights W = U Σ V.

What is trained is the weight matrix or U, Σ, V themselves: dense matrices in place of phases. The phase mode exists,
but rebuilds U and V from phases in NumPy, outside autodiff ("not differentiable" in its source): its step fails, its
forward call works. The decomposition of complex unitaries fails with NumPy 2. Without a GPU torchonn does not define
its CUDA module, yet names it on the way to its CPU code: an empty stand-in is put there.
"""

import os
from functools import partial
from typing import Any
from unittest.mock import Mock

import numpy as np
import torch
from torchonn.layers import MZIBlockLinear
from torchonn.op import matrix_parametrization
from work import LAYERS, LEARNING_RATE, OFFSET, SETS, Work, batch, random_phases, relative_error

PACKAGES = ("torchonn", "torch", "numpy")
STANDS_FOR_PHASES = {"weight": "weight matrix (dense)", "usv": "U, Σ, V (dense)", "phase": "phases"}
matrix_parametrization.matrix_parametrization_cuda = Mock()
torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", torch.get_num_threads())))


def layer(ports: int, mode: str) -> Any:
    """One block, its output the square of the field: what the photodiodes see."""
    return MZIBlockLinear(ports, ports, miniblock=ports, mode=mode, decompose_alg="clements", photodetect=True)


def step(mode: str, ports: int, size: int) -> Work:
    torch.manual_seed(0)
    x, y = (torch.tensor(part, dtype=torch.float32) for part in batch(ports, size))
    layers = torch.nn.ModuleList(layer(ports, mode) for _ in range(LAYERS))
    optimizer = torch.optim.SGD(layers.parameters(), lr=LEARNING_RATE)

    def loss() -> Any:
        field = x
        for one in layers:
            power = one(field)
            field = torch.sqrt(power + OFFSET)
        return (power - y).square().mean()

    def run() -> None:
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()

    def gradient_error() -> float:
        optimizer.zero_grad()
        loss().backward()
        entries, move = next(iter(layers[0].parameters())), 0.01
        at = np.unravel_index(int(entries.grad.abs().argmax()), entries.shape)
        values = []
        with torch.no_grad():
            for by in (move, -2 * move):
                entries[at] += by
                values.append(float(loss()))
            entries[at] += move
        return relative_error(float(entries.grad[at]), *values, move)

    what = "MZIBlockLinear with photodetect; sqrt; backward in " + STANDS_FOR_PHASES[mode] + "; SGD"
    return Work(run, STANDS_FOR_PHASES[mode], "float32", what, PACKAGES, gradient_error)


def forward(mode: str, ports: int, size: int) -> Work:
    torch.manual_seed(0)
    x = torch.tensor(batch(ports, size)[0], dtype=torch.float32)
    one = layer(ports, mode)
    phases = list(one.parameters())
    sets = [[torch.tensor(random_phases(p.shape, s), dtype=torch.float32) for p in phases] for s in range(SETS)]
    count = iter(range(10**9))

    @torch.no_grad()
    def run() -> None:
        for phase, value in zip(phases, sets[next(count) % SETS], strict=True):
            phase.copy_(value)
        one(x)

    return Work(run, STANDS_FOR_PHASES[mode], "float32", f"{mode} set, MZIBlockLinear", PACKAGES)


WORKS = {
    ("step", "weight"): partial(step, "weight"),
    ("step", "usv"): partial(step, "usv"),
    ("step", "phase"): partial(step, "phase"),
    ("forward", "phase"): partial(forward, "phase"),
}
