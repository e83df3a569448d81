"""The incoherent chip: what can be done with it, its digital twin, and its training by measurement alone."""
