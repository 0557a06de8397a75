"""Virtual meters: synthetic metering data as arithmetic. No XML, no HTTP, no SQL, no global clock."""
