"""What Twilio's error codes mean to us: whether to try again, and a sentence for staff.

Source: Twilio's public error dictionary, by code. Codes of REST answers and of receipts stand together.
"""

from enum import Enum

from notifier.carriers.port import Explanation, Fault


class Meaning(Enum):
    """What a code tells about a text."""

    LATER = "later"  # surely not sent; a later try may do
    HALT = "halt"  # surely not sent, and no other text would fare better
    UNSURE = "unsure"  # may have been sent
    NUMBER = "number"
    OPTED_OUT = "opted_out"
    CONTENT = "content"
    ROUTE = "route"


_FAULTS = {
    Meaning.NUMBER: Fault.NUMBER,
    Meaning.OPTED_OUT: Fault.OPTED_OUT,
    Meaning.CONTENT: Fault.CONTENT,
    Meaning.ROUTE: Fault.ROUTE,
}

CODES: dict[int, tuple[Meaning, str]] = {
    14107: (Meaning.LATER, "Too many texts went between these two numbers in a short time."),
    20003: (Meaning.HALT, "The carrier refused our account or token."),
    20404: (Meaning.HALT, "The carrier does not know our account."),
    20429: (Meaning.LATER, "The carrier was asked too often at once."),
    20500: (Meaning.UNSURE, "The carrier had an error of its own."),
    20503: (Meaning.UNSURE, "The carrier's service was not available."),
    21211: (Meaning.NUMBER, "The carrier says this is not a telephone number."),
    21212: (Meaning.HALT, "The carrier refused the number we send from."),
    21217: (Meaning.NUMBER, "The carrier says this number is not valid."),
    21265: (Meaning.NUMBER, "This is a short code, which cannot be texted."),
    21408: (Meaning.HALT, "Our account may not text this country."),
    21602: (Meaning.CONTENT, "The text had no body."),
    21603: (Meaning.HALT, "The text named no number to send from."),
    21604: (Meaning.NUMBER, "The text named no recipient."),
    21606: (Meaning.HALT, "The number we send from is not ours, or cannot send SMS."),
    21608: (Meaning.HALT, "A trial account may text verified numbers only."),
    21610: (Meaning.OPTED_OUT, "The sender has told the carrier to stop our texts."),
    21611: (Meaning.LATER, "Too many texts wait behind the number we send from."),
    21612: (Meaning.ROUTE, "The carrier has no way from our number to this one."),
    21614: (Meaning.NUMBER, "This number is not a mobile."),
    21617: (Meaning.CONTENT, "The text is longer than the carrier allows."),
    21620: (Meaning.CONTENT, "The carrier refused a media address."),
    21658: (Meaning.CONTENT, "A part of the text is longer than the carrier allows."),
    21703: (Meaning.HALT, "The messaging service has no number that could send this."),
    21705: (Meaning.HALT, "The messaging service is not valid."),
    30001: (Meaning.LATER, "The carrier's queue was full."),
    30002: (Meaning.HALT, "Our account at the carrier is suspended."),
    30003: (Meaning.NUMBER, "The handset was switched off or out of reach."),
    30004: (Meaning.NUMBER, "The sender or their operator blocks our texts."),
    30005: (Meaning.NUMBER, "The number is not in use."),
    30006: (Meaning.NUMBER, "The number is a landline, or its operator cannot be reached."),
    30007: (Meaning.CONTENT, "The text was filtered as unwanted; tell whoever keeps the wording."),
    30008: (Meaning.ROUTE, "The carrier could not deliver the text and does not say why."),
    30017: (Meaning.LATER, "The operator's network was congested."),
    30018: (Meaning.HALT, "The name we send from is not registered."),
    30019: (Meaning.CONTENT, "The text is too long for the operator."),
    30022: (Meaning.LATER, "The operator's rate limit was reached."),
    30023: (Meaning.HALT, "The operator's limit for today is used up."),
    30024: (Meaning.HALT, "The number we send from is not set up with the operator."),
    30034: (Meaning.HALT, "The number we send from is not registered."),
    30036: (Meaning.LATER, "The text waited too long at the carrier and expired."),
    30410: (Meaning.UNSURE, "The operator did not answer in time: the text may have arrived."),
    30450: (Meaning.LATER, "The carrier blocks this destination for some minutes."),
    63038: (Meaning.HALT, "Our account's limit of texts for today is used up."),
}


def explain(code: int | None) -> Explanation:
    """A sentence for staff about any code, and whose fault it is; also for codes nobody knows."""
    if code is None:
        return Explanation("The carrier could not deliver the text and gives no reason.", None)
    if code not in CODES:
        return Explanation(f"The carrier could not deliver the text (its error {code}).", None)
    meaning, sentence = CODES[code]
    return Explanation(sentence, _FAULTS.get(meaning))
