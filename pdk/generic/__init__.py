"""The process that every part of the project is tested on: gdsfactory's generic silicon photonics."""
