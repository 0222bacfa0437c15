"""Twilio's Messages API through Twilio's own SDK, against Twilio or anything that speaks like it."""

from notifier.carriers.twilio.carrier import TwilioAccount, TwilioCarrier

__all__ = ["TwilioAccount", "TwilioCarrier"]
