"""Who may do what: one table, role to permissions."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person or key is here for."""

    LIAISON = "liaison"
    HOTLINE = "hotline"
    OPS = "ops"
    ADMIN = "admin"


class Permission(StrEnum):
    """What a route asks for."""

    SUBMIT_QUERIES = "submit_queries"
    READ_QUERIES = "read_queries"
    DECIDE_QUERIES = "decide_queries"
    CORRECT_QUERIES = "correct_queries"
    ESCALATE_QUERIES = "escalate_queries"
    RECORD_ANSWERS = "record_answers"
    WORK_HANDOFFS = "work_handoffs"
    RELAY_ANSWERS = "relay_answers"
    STOP_ITEMS = "stop_items"
    SEE_NUMBERS = "see_numbers"
    RECORD_SUPPRESSIONS = "record_suppressions"
    LIFT_SUPPRESSIONS = "lift_suppressions"
    SEE_OPERATIONS = "see_operations"
    STEER_SENDING = "steer_sending"
    RETRY_WEBHOOKS = "retry_webhooks"


# The hotline corrects too: it is the one that finds the right number. Operations read queries since they are asked why
# a text did not arrive; numbers are masked for every role. The hotline sees how a number fares and records what it
# hears in a call; letting texts go to a phone again is the liaison's.
ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.LIAISON: frozenset(
        {
            Permission.SUBMIT_QUERIES,
            Permission.READ_QUERIES,
            Permission.DECIDE_QUERIES,
            Permission.CORRECT_QUERIES,
            Permission.ESCALATE_QUERIES,
            Permission.RECORD_ANSWERS,
            Permission.WORK_HANDOFFS,
            Permission.RELAY_ANSWERS,
            Permission.STOP_ITEMS,
            Permission.SEE_NUMBERS,
            Permission.RECORD_SUPPRESSIONS,
            Permission.LIFT_SUPPRESSIONS,
        }
    ),
    Role.HOTLINE: frozenset(
        {
            Permission.READ_QUERIES,
            Permission.CORRECT_QUERIES,
            Permission.ESCALATE_QUERIES,
            Permission.RECORD_ANSWERS,
            Permission.WORK_HANDOFFS,
            Permission.SEE_NUMBERS,
            Permission.RECORD_SUPPRESSIONS,
        }
    ),
    Role.OPS: frozenset(
        {
            Permission.READ_QUERIES,
            Permission.SEE_OPERATIONS,
            Permission.STEER_SENDING,
            Permission.RETRY_WEBHOOKS,
            Permission.WORK_HANDOFFS,
        }
    ),
    Role.ADMIN: frozenset(Permission),
}


@dataclass(frozen=True)
class Principal:
    """Whoever acts: a member of staff, an API key, or the product itself (role None).

    `id` tells keys of one name apart; what has none is known by its name alone.
    """

    name: str
    role: Role | None
    id: str = ""

    def may(self, permission: Permission) -> bool:
        """Whether the role holds the permission. The product itself never comes through a route."""
        return self.role is not None and permission in ROLE_PERMISSIONS[self.role]


SYSTEM = Principal("system", None)
CUSTOMS = Principal("customs", None)
SENDER = Principal("sender", None)
