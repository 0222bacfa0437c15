"""Chaos: the whole product under load while faults of a fixed matrix strike it, judged by seven invariants."""
