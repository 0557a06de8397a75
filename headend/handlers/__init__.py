"""From a validated message to its response: read the query, carry it out, write the answer. One file an operation."""
