"""Customs' answer codes, both generations: a letter and two or three digits."""

NEGATIVE_CODES = ("R200", "R201", "R202", "R203")  # cannot be provided, not confirmed, not possible
ANSWER_CODES = ("R100", "R101", "R102", "R103", *NEGATIVE_CODES)
OLD_NEGATIVE_CODES = ("A00", "B00", "C00", "D00", "S00")
OLD_ANSWER_CODES = (*OLD_NEGATIVE_CODES, "B01", "C01", "D01", "D02", "S01")


def is_negative(code: str | None) -> bool:
    """Whether an answer with this code holds no information: what stands beside it explains, and describes no goods."""
    return code in NEGATIVE_CODES + OLD_NEGATIVE_CODES
