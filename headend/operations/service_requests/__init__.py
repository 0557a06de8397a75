"""MeterServiceRequests: work at meters that other systems ask the head end for, or tell it of (61968-9:2013, 5.5)."""
