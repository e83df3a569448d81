"""Three ways to measure a gradient on a chip, all with the same call: echo, parameter shift, three-pass (a control)."""
