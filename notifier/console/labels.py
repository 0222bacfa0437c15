"""Plain words for what is no member of a closed set: fields of forms, what a carrier says, what became of something."""

from notifier.console.words import marked

# What the forms call their fields.
FIELDS = {
    "q": marked("Search"),
    "authority": marked("Country"),
    "state": marked("State"),
    "kind": marked("Wanted"),
    "destination": marked("Destination"),
    "questions": marked("What customs asks"),
    "email": marked("Mail address"),
    "text": marked("Answer to customs"),
    "code": marked("Code"),
    "reason": marked("Why?"),
    "team": marked("Who takes over?"),
    "mobile": marked("Sender’s mobile"),
    "file": marked("CSV file"),
    "target": marked("Queries of this phone"),
    "reference": marked("Reference"),
    "why": marked("What is wrong with the reply?"),
    "outcome": marked("How does it end?"),
    "because": marked("Why do you need it?"),
    "password": marked("Password"),
    "item_id": marked("Item number"),
    "sender_mobile": marked("Sender’s mobile"),
    "codes": marked("Question codes"),
    "words": marked("Customs’ own words"),
    "language": marked("Sender’s language"),
    "deadline_at": marked("Deadline"),
    "mrn": marked("MRN"),
    "referral_reference": marked("Their reference"),
    "note": marked("Note for colleagues"),
    "items": marked("Which items?"),
    "verified": marked("The caller’s answers fit"),
    "next_try": marked("When to try again"),
    "anyway": marked("Even at night, close to the deadline, or for a stopped item"),
}

# How the sandbox's phone calls what a carrier says of a message.
CARRIER_STATUSES = {
    "queued": marked("Being sent"),
    "sending": marked("Being sent"),
    "sent": marked("With the carrier"),
    "delivered": marked("Delivered"),
    "undelivered": marked("Could not be delivered"),
    "failed": marked("Not sent"),
    "received": marked("Written by this phone"),
}

# What becomes of texts to the sandbox's special numbers, as the sandbox itself calls it.
HABITS = (
    marked("refused: not a number (21211)"),
    marked("refused: opted out (21610)"),
    marked("undelivered: number not in use (30005)"),
    marked("failed: handset unreachable (30003)"),
    marked("stays at sent"),
    marked("delivered, but no callback tells"),
    marked("refused: not a mobile (21614)"),
    marked("undelivered: landline (30006)"),
    marked("undelivered: filtered (30007)"),
)

# What became of a referral that was entered.
TAKEN = {
    "new": marked("The query was taken in."),
    "known": marked("This referral is known already: here is its query."),
    "conflict": marked("This referral is known with other content: it was kept for staff, and nothing was changed."),
}
