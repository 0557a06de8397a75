"""What each verb on each noun does: use cases over the fleet and the store. No XML, no SQL, no HTTP."""
