"""How fast texts may leave each number of ours: the port, and the two places where it is kept."""
