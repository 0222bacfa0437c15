"""The console's routes, by journey."""
