"""Commands; each parses its flags and calls one function."""
