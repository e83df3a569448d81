"""Many chips of one design, each drawn with faults of its own and trained: how many of them learn well enough."""
