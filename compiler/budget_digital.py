"""The same network on a digital machine: arithmetic and memory at the energies of a published table.

    inference      8-bit integers; each weight is read once from a small cache
    training step  32-bit floats; forward, errors back, gradients, and Adam on every weight once per step

What it leaves out (control, clock, moving data over a die) makes a real processor cost several times as much, and a
process newer than 45 nm several times less.
"""

from dataclasses import dataclass

from compiler.budget_numbers import value
from compiler.network import Design

ADAM_MULTIPLIES, ADAM_ADDS, ADAM_WORDS = 8, 4, 6
"""For one weight (Kingma, Ba, arXiv:1412.6980, division and root counted as multiplications): weight and two moments
are read and written."""
WORD_BYTES = 4


@dataclass(frozen=True)
class Digital:
    """Energy of the digital reference."""

    macs: int
    """Multiplications with addition in one inference: (inputs + bias) x outputs of every layer."""
    inference_pj: float
    step_pj: float
    """One training step of a whole mini-batch."""


def digital(design: Design) -> Digital:
    """The digital reference for a design's network and mini-batch."""
    network = design.network
    sizes = [w * o for w, o in zip(design.layer_widths, network.layer_outputs, strict=True)]
    macs, neurons = sum(sizes), sum(network.layer_outputs)
    byte, word = value("sram_pj_per_byte"), WORD_BYTES * value("sram_pj_per_byte")
    int8 = value("int8_multiply_pj") + value("int8_add_pj")
    fp32 = value("fp32_multiply_pj") + value("fp32_add_pj")
    inference = macs * (int8 + byte) + neurons * 2 * byte
    errors, gradients = macs - sizes[0], macs
    sample = (macs + errors) * (fp32 + word) + gradients * (fp32 + 2 * word)
    update = ADAM_MULTIPLIES * value("fp32_multiply_pj") + ADAM_ADDS * value("fp32_add_pj") + ADAM_WORDS * word
    return Digital(macs, inference, design.train.batch_size * sample + macs * update)
