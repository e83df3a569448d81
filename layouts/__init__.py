"""Circuit in, GDS out, and back: place, route, emit, extract, compare."""
