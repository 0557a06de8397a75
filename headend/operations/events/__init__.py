"""EndDeviceEvents: of the field, of requests, of other systems; selected, listed, told."""
