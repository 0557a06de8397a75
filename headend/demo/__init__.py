"""A self-contained tour of the head end, and the little receiver that it publishes to."""
