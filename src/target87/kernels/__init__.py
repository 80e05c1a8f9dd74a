"""Numerical cores: arrays in, arrays out; no labels, no domain words, no warnings."""
