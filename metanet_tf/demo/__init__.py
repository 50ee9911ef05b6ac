"""A page: teach classes by an example each, drawn or photographed, and ask."""
