"""What judges a schedule: a plain executor, the wave equations solved as one dense system, and circuits to try."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import strategies as st

from chips.engine.lower import lower
from compiler.netlist import Cell, Instance, Netlist, Pin


def run_schedule(schedule, coefficients, phases_rad=()):
    """(…, T, N) amplitudes at the reads for unit light at each input, meeting by meeting."""
    c, turn = coefficients, np.exp(1j * np.append(np.asarray(phases_rad, float), 0.0))
    inputs, blocks, meetings = schedule.input_row.size, schedule.way_slot.shape[1], schedule.pair.shape[1]
    rows = np.full((*c.read.shape[:-1], schedule.rows, inputs), 1e3 + 0j)
    rows[..., schedule.input_row, :] = np.eye(inputs)
    way = c.way * np.prod(turn[schedule.way_slot], axis=0)
    drop = c.read * np.prod(turn[schedule.read_slot], axis=0)
    seen = np.zeros((*rows.shape[:-2], schedule.read_row.size, inputs), complex)
    for p in range(meetings + 1):
        for t in np.flatnonzero(schedule.read_after == p):
            seen[..., t, :] = drop[..., t, None] * rows[..., schedule.read_row[t], :]
        if p < meetings:
            pair = schedule.pair[:, p]
            for k in range(blocks):
                rows[..., pair, :] = c.block[..., k, :, :, p] @ (way[..., k, :, p, None] * rows[..., pair, :])
    return seen


def check_form(schedule):
    """The promises of `Schedule` that numbers do not show."""
    level, pair, meetings = schedule.level, schedule.pair, schedule.pair.shape[1]
    assert np.all(np.diff(level) >= 0)
    assert np.all(pair[0] < pair[1]) and np.all(pair < schedule.rows)
    for one in np.unique(level):
        rows = pair[:, level == one].ravel()
        assert np.unique(rows).size == rows.size
        assert np.all(np.diff(pair[0, level == one]) > 0)
    assert np.unique(schedule.input_row).size == schedule.input_row.size
    assert np.all((schedule.read_after >= 0) & (schedule.read_after <= meetings))
    assert np.all((schedule.read_row >= 0) & (schedule.read_row < schedule.rows))
    for name in ("input_row", "pair", "level", "read_row", "read_after", "way_slot", "read_slot"):
        assert getattr(schedule, name).dtype == np.int32, name
    assert schedule.way_slot.shape[2:] == (2, meetings)
    assert schedule.read_slot.shape[1:] == schedule.read_row.shape


def light(netlist, models, into, read, phases_rad=(), slots=None, **told):
    """What the engine says: (…, T, N)."""
    circuit = lower(netlist, models, into=into, read=read, slots=slots, **told)
    check_form(circuit.schedule)
    return run_schedule(circuit.schedule, circuit.coefficients(), phases_rad)


def dense(netlist, models, into, read, settings=None, wl_um=1.55):
    """The same from the wave equations: light into all pins a = C S a + source, solved at once. (T, N)"""
    flat, settings = netlist.flat, settings or {}
    pins, entries = {}, []
    for path, leaf in flat.leaves.items():
        if leaf.component not in models:
            continue
        s = models[leaf.component](wl=wl_um, **(dict(leaf.settings) | settings.get(path, {})))
        for (p, q), value in s.items():
            a, b = (pins.setdefault(Pin(path, port), len(pins)) for port in (p, q))
            entries.append((b, a, complex(value)))
    s, joined = np.zeros((2, len(pins), len(pins)), complex)
    for b, a, value in entries:
        s[b, a] = value
    for a, b in flat.links.items():
        joined[pins[b], pins[a]] = 1
    pin = {name: flat.ports.get(name, name) for name in (*into, *read)}
    source = np.zeros((len(pins), len(into)), complex)
    for k, name in enumerate(into):
        source[pins[pin[name]], k] = 1
    inward = np.linalg.solve(np.eye(len(pins)) - joined @ s, source)
    outward = s @ inward
    return np.array([(inward if pin[n] in flat.links else outward)[pins[pin[n]]] for n in read]).reshape(
        len(read), len(into)
    )


def flat_netlist(instances, nets, ports):
    """A netlist of one cell from texts: {"a": ("straight", {…})}, [("a,o2", "b,o1")], {"in": "a,o1"}."""
    cell = Cell(
        {name: Instance(component, settings) for name, (component, settings) in instances.items()},
        tuple((Pin.parse(a), Pin.parse(b)) for a, b in nets),
        {name: Pin.parse(at) for name, at in ports.items()},
    )
    return Netlist("top", {"top": cell})


OPS = (
    "straight",
    "bend_90",
    "phase_shifter",
    "mmi2x2",
    "directional_coupler",
    "tap",
    "dark",
    "split",
    "join",
    "crossing",
)


@st.composite
def circuits(draw, most=32, length=60, reflecting=False):
    """Wires that run from ports into a random sequence of devices. `reflecting`: with reflections, and rings closed.

    Ways between two devices differ in their hops, for each device takes the wires that it is dealt.
    """
    count = draw(st.integers(2, most))
    instances, nets, settings = {}, [], {}
    ports, fronts = {}, []

    def put(component, **own):
        name = f"d{len(instances)}"
        instances[name] = (component, own)
        return name

    def join(front, to):
        if isinstance(front, str) and front.startswith("in"):
            ports[front] = to
        else:
            nets.append((front, to))

    fronts = [f"in{k}" for k in range(count)]
    plan = draw(st.lists(st.tuples(st.sampled_from(OPS), st.integers(0, 99), st.integers(0, 99)), max_size=length))
    for op, i, j in plan:
        if not fronts:
            break
        a = fronts.pop(i % len(fronts))
        if op in ("straight", "bend_90", "phase_shifter"):
            name = put(op, **({"length_nm": 1000 * (i + 1) + j} if op == "straight" else {}))
            join(a, f"{name},o1")
            fronts.append(f"{name},o2")
            if op == "phase_shifter":
                settings[name] = {"phase_rad": i / 16}
        elif op == "split":
            name = put("mmi1x2")
            join(a, f"{name},o1")
            fronts += [f"{name},o2", f"{name},o3"]
        elif op == "dark":
            name, end = put("mmi2x2"), put("termination")
            join(a, f"{name},o2")
            nets.append((f"{end},o1", f"{name},o1"))
            fronts += [f"{name},o3", f"{name},o4"]
        elif fronts:
            b = fronts.pop(j % len(fronts))
            name = put("mmi1x2" if op == "join" else op)
            join(a, f"{name},{'o2' if op == 'join' else 'o1'}")
            join(b, f"{name},{'o3' if op == 'join' else 'o2'}")
            fronts += [f"{name},o1"] if op == "join" else [f"{name},o3", f"{name},o4"]
        else:
            fronts.append(a)
    if reflecting:
        for name, (component, _) in instances.items():
            if component == "termination":
                settings[name] = {"reflection": 0.2}
            if component == "crossing" and draw(st.booleans()):
                settings[name] = {"crosstalk": 0.02}
        for k in range(min(2, len(fronts) - 1)):
            if draw(st.booleans()) and f"in{k}" in ports and not fronts[0].startswith("in"):
                name = put("straight", length_nm=20_000)  # SAX cannot join an instance to itself
                nets += [(fronts.pop(0), f"{name},o1"), (f"{name},o2", ports.pop(f"in{k}"))]
    for k, front in enumerate(fronts):
        if front.startswith("in"):
            name = put("straight", length_nm=10_000)
            ports[front], front = f"{name},o1", f"{name},o2"
        elif reflecting and k % 3 == 0:
            name = put("edge_coupler")
            settings[name] = {"reflection": 0.1}
            nets.append((front, f"{name},o1"))
            front = f"{name},o2"
        ports[f"out{k}"] = front
    return SimpleNamespace(netlist=flat_netlist(instances, nets, ports), settings=settings)


@pytest.fixture(scope="session")
def judge():
    """The functions above."""
    return SimpleNamespace(
        run_schedule=run_schedule,
        check_form=check_form,
        light=light,
        dense=dense,
        flat_netlist=flat_netlist,
        circuits=circuits,
    )
