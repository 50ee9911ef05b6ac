"""Training of theta = {W, Q, Z, G}: updates, progress, checkpoints."""
