"""Every table. A query has rounds; a round has questions and texts; a text has attempts and receipts."""

from notifier.storage.models.alarms import Alarm, AlarmMessage, AuditFinding, Duty
from notifier.storage.models.base import Base
from notifier.storage.models.calls import CallerCheck, CallNote
from notifier.storage.models.house import (
    ApiKey,
    BusinessClock,
    IdempotencyKey,
    ImportRun,
    ItemEvent,
    SendingDay,
    Steering,
    Switch,
)
from notifier.storage.models.inbound import AskBack, RefusedWebhook, Reply, Webhook
from notifier.storage.models.people import Answer, Handoff, NumberOverride, Suppression
from notifier.storage.models.queries import Conflict, History, Query, Question, Round
from notifier.storage.models.staff import NumberView, SignInTry, Staff, StaffSession
from notifier.storage.models.texts import Attempt, Receipt, Text
from notifier.storage.models.watching import Heartbeat, Installation, LifeSign, Reconciliation, Watermark

__all__ = [
    "Alarm",
    "AlarmMessage",
    "Answer",
    "ApiKey",
    "AskBack",
    "Attempt",
    "AuditFinding",
    "Base",
    "BusinessClock",
    "CallNote",
    "CallerCheck",
    "Conflict",
    "Duty",
    "Handoff",
    "Heartbeat",
    "History",
    "IdempotencyKey",
    "ImportRun",
    "Installation",
    "ItemEvent",
    "LifeSign",
    "NumberOverride",
    "NumberView",
    "Query",
    "Question",
    "Receipt",
    "Reconciliation",
    "RefusedWebhook",
    "Reply",
    "Round",
    "SendingDay",
    "SignInTry",
    "Staff",
    "StaffSession",
    "Steering",
    "Suppression",
    "Switch",
    "Text",
    "Watermark",
    "Webhook",
]
