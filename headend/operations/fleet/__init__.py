"""The fleet as master data has made it: which meters there are, where they hang, what they count by."""
