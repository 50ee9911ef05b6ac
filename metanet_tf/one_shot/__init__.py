"""A classifier of one's own classes, taught by a picture of each."""
