"""A self-contained tour of the head end, with a fake MDM that it publishes to."""
