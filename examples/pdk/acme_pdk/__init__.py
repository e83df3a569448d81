"""Acme's 300 nm silicon for backlight. Acme is made up: it shows how a foundry is added."""
