"""The spellings of the wire: XML in and out of the typed values of `headend.operations`. No rules."""
