"""The usual periods in force: those of config/policies.toml, but for what a variable sets."""

from dataclasses import replace
from datetime import timedelta

from notifier.settings.policy_files import UsualPeriods
from notifier.settings.settings import Settings


def by_variable(settings: Settings) -> dict[str, tuple[str, timedelta]]:
    """The periods that variables set, by their name in the file: the variable, and its value."""
    window, review = settings.window, settings.review
    given = {
        "remind_after": ("NOTIFIER_WINDOW__REMIND_AFTER", window.remind_after),
        "close_after": ("NOTIFIER_WINDOW__CLOSE_AFTER", window.close_after),
        "review_within": ("NOTIFIER_REVIEW__REPLY_WITHIN", review.reply_within),
        "send_within": ("NOTIFIER_REVIEW__ANSWER_WITHIN", review.answer_within),
    }
    return {name: (variable, value) for name, (variable, value) in given.items() if value is not None}


def in_force(settings: Settings, file: UsualPeriods) -> UsualPeriods:
    """The file's periods, with those that variables set."""
    won = {name: value for name, (_, value) in by_variable(settings).items()}
    return replace(file, **won)
