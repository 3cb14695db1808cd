"""What is on the paper."""
