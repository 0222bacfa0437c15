"""How people and machines outside the service are told: messages to staff, and a sign of life."""
