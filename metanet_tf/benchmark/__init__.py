"""What a training step and a classification cost, and what they would have to."""
