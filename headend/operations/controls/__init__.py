"""EndDeviceControls: made, changed, ended, listed, told, and what they do to devices."""
