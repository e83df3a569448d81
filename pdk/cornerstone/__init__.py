"""CORNERSTONE's 220 nm silicon (University of Southampton), drawn with the package cspdk."""
