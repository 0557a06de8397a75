"""A metering head end for IEC 61968-9:2013 over SOAP, with a simulated fleet behind it."""
