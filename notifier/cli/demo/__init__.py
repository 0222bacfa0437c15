"""`notifier demo`: made-up queries played through the real HTTP surfaces, and each end judged from outside.

Reading order: `stories` and `steps` (the file), `house` (a server of its own), `player`, `intake` and `acting` (what
happens when), `quiet` (how it is known that nothing more happens), `ends` and `judge` (what is expected, and
what is seen).
"""

from notifier.cli.demo.run import run_demo

__all__ = ["run_demo"]
