"""MeterReadings: what is asked for, what is read, what is late, missing or revised."""
