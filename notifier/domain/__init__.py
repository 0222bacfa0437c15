"""The rules of asking a sender: pure functions and values, no I/O, no framework."""
