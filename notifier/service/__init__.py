"""The use cases, to be read as verbs in the order they happen. Each is one transaction (sending: several, never one
across a network call); state is written by `transitions` alone.

Ground: `context` (what a use case is given), `clock` (two times), `transitions` (the one writer), `handoffs` (work for
people), `phones` and `rounds` (whom and which asking a row means), `firing` (one due thing after the other, whatever
becomes of one), `switches` (sending, on or off), `keys`.

1. Taking in: `intake`, `importing` (a file of it), `asking` (who is asked, by what way), `items` (do not load).
2. Sending: `claims` (a lease), `rendering` (the words, frozen), `sending` (the call), `outcomes` (what came of it),
   `unknowns` (asking the carrier about what nobody knows).
3. Hearing: `webhooks` (stored once), `refused` (what was not believed), `receipts`, `windows` (opened by the first sign
   of arrival), `routing` and `replies` (which query, and what it says), `notices` (answers to whoever just wrote),
   `optouts` and `suppressions` (phones to be left alone), `set_aside` (what broke its worker).
4. Silence: `sweep` (what is due), `gap` (holding it after a standstill), `reconciling` and `missed` (what webhooks
   never told), `installation` (a copy, or a stranger, sends nothing).
5. Deciding: `resolution` (the verbs of staff), `new_rounds` (asking again, correcting), `answers` (on their way to
   customs).
6. Looking: `lookups`, `text_status`, `stuck`, `figures`; `winding` the sandbox's clock.
"""
