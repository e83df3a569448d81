"""SiEPIC EBeam: 220 nm silicon written by electron beam, metal heaters; its fixed cells are read with klayout alone."""
