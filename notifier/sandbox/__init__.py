"""A Twilio-compatible server with a sender's phone: for trying, for the demo and for tests. Never in production.

It knows nothing of the product but how segments are counted; it talks to it as the carrier would, over HTTP.
"""

from notifier.sandbox.carrier import Incoming
from notifier.sandbox.magic import TABLE as HABITS
from notifier.sandbox.server import Sandbox, SandboxPlan, create_sandbox
from notifier.sandbox.store import Message, Wanted

__all__ = ["HABITS", "Incoming", "Message", "Sandbox", "SandboxPlan", "Wanted", "create_sandbox"]
