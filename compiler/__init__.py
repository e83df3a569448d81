"""Network in, circuit out: spec, netlist, decomposition, technology mapping, tables."""
