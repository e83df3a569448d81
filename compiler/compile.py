"""Network to circuit: which cells a design needs, and the one netlist that holds them."""

from compiler import cells, layer, mesh
from compiler.netlist import Cell, Netlist
from compiler.network import Design
from pdk.contract import Pdk, Role


def compile_circuit(design: Design, pdk: Pdk) -> Netlist:
    """The designed circuit, without waveguides: routing adds them.

    A network only says how many layers there are; every layer of a chip has the same number of ports, and ports that
    a layer does not use stay dark.
    """
    return build(
        pdk, ports=design.ports, layers=len(design.network.layers), linear=design.chip.linear, io=design.chip.io
    )


def build(pdk: Pdk, *, ports: int, layers: int, linear: str = "unitary", io: str = "edge") -> Netlist:
    """The circuit of a chip, without wires: `layers` equal layers of `ports` ports, `linear` unitary or svd, `io` edge or grating."""
    laser = Role.EDGE_COUPLER if io == "edge" else Role.GRATING_COUPLER
    svd = linear == "svd"
    circuit: dict[str, Cell] = {
        "chip": layer.chip(layers),
        "layer": (layer.svd if svd else layer.unitary)(pdk, ports, laser),
        layer.feed_cell(ports): cells.feed(pdk, ports),
        layer.mesh_cell(ports): mesh.mesh(ports),
        cells.INPUT: cells.input_cell(pdk),
        cells.OUTPUT: cells.output_cell(pdk),
        cells.MZI: cells.mzi(pdk),
        cells.BACKWARD_TAP: cells.backward_tap(pdk),
        cells.BLIND_TAP: cells.blind_tap(pdk),
    }
    if ports > 2:
        circuit |= {cells.EDGE: cells.edge(pdk), cells.BALANCE: cells.balance(pdk)}
    if svd:
        circuit |= {
            layer.feed_cell(2 * ports): cells.feed(pdk, 2 * ports),
            cells.ATTENUATOR: cells.mzi_attenuator(pdk),
            layer.ESCAPE: mesh.escape(pdk, ports),
        }
    return Netlist("chip", circuit)
