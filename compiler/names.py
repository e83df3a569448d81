"""Port and instance names, in one place. Ports count clockwise from the lower left, as gdsfactory counts them.

A block of n rows shows row 0 at the top:

    o{n}   ──┤          ├── o{n+1}     row 0
      ⋮      │          │
    o1     ──┤          ├── o{2n}      row n − 1
"""

TOP = "chip"
"""Cell of the whole chip."""


def left(rows: int, row: int) -> str:
    """Port on the left side of a block with `rows` rows on each side."""
    return f"o{rows - row}"


def right(rows: int, row: int) -> str:
    """Port on the right side of a block with `rows` rows on each side."""
    return f"o{rows + 1 + row}"


def leaf(row: int) -> str:
    """Output of a feed tree (its root is o1)."""
    return f"o{2 + row}"


def layer(index: int) -> str:
    """Instance name of a layer; the first is layer1."""
    return f"layer{index + 1}"
