"""Pictures of what the simulator makes up, for people to judge."""
