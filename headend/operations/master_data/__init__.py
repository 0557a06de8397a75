"""Master data: objects that other systems tell the head end of, kept as documents with names and links."""
