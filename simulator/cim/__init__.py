"""The vocabulary of IEC 61968-9:2013: coded values and the tables they come from. No I/O but those."""
