"""MeterReadSchedules and whatever else is due by itself: when, of whom, and what is sent."""
