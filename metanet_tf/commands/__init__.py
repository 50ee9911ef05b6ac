"""What a person types; each command parses flags and calls one function."""
