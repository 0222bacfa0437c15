"""What all tables share: names of constraints, and time-ordered ids."""

import os
import time
import uuid
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, MetaData
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """The registry of tables. Constraints get predictable names, so migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {dict[str, Any]: JSON}


def new_id() -> uuid.UUID:
    """A UUID of version 7 (RFC 9562): 48 bits of Unix milliseconds, then chance; new rows stay together in an index."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 0x7 << 76
    return uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def first_id(at: datetime) -> uuid.UUID:
    """No id that `new_id` made at this instant (wall clock, aware) or later is smaller."""
    return uuid.UUID(int=(int(at.timestamp() * 1000) << 80) | 0x7 << 76 | 0x2 << 62)
