"""Luxtelligence lnoi400: thin-film lithium niobate, x-cut, driven by voltage; cells of the package lnoi400."""
