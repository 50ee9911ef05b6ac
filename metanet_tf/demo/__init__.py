"""A page to draw on: teach classes by an example each, and ask for their names."""
