"""How the weights theta = {W, Q, Z, G} are found, watched and kept."""
