"""The faults, by what they strike; `matrix` is the table of all."""
