"""R2: texts a second of one worker over a bare loop of the tuned SDK on 16 threads.

Both post to the same carrier. The product claims each text, freezes its words, commits that it is about to post, and
records the result and the history on PostgreSQL; the loop posts and forgets.
"""

from tests.bench.ratios import Ratio
from tests.bench.sending import queries_per_second
from tests.bench.stand import Stand


def posts_per_second(stand: Stand, count: int) -> float:
    """The SDK alone."""
    return stand.floor("post", stand.carrier, count)


RATIO = Ratio(
    name="R2",
    product_is="texts of one worker",
    floor_is="the tuned SDK alone",
    product=queries_per_second,
    floor=posts_per_second,
    goal=0.90,
    sketch=0.84,
    count=3000,
    quick_count=60,
)
