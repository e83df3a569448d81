"""Circuit in, light out: the engine, the twin that is programmed and measured, and the trainer that may do no more."""
