"""Whatever a phone writes, and whatever is open on it: the words are kept, and the webhook is done with."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from notifier.storage.models import Reply, Webhook
from tests.journeys.test_routing import FIRST, OTHER, SECOND
from tests.journeys.world import MOBILE, World

ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
TELLING = st.sampled_from(["1", "②", "3", FIRST, f"toys {SECOND}", "STOP", "START", "OK", "", "CHECK", "1. a", "邊個"])


@settings(max_examples=12, suppress_health_check=[*HealthCheck])
@given(bodies=st.lists(ANYTHING | TELLING, min_size=1, max_size=3), phone=st.sampled_from([MOBILE, OTHER]))
def test_no_text_is_lost_and_none_breaks_its_worker(thread: World, bodies: list[str], phone: str) -> None:
    if not thread.carrier.posted:
        thread.texted(item_id=FIRST, questions=[{"code": "F605"}, {"code": "F611"}])
        thread.texted(item_id=SECOND)
    with thread.ctx.database.read() as session:
        before = set(session.scalars(select(Reply.id)))
    for body in bodies:
        thread.reply(body, phone=phone)
    with thread.ctx.database.read() as session:
        kept = [reply.body for reply in session.scalars(select(Reply)) if reply.id not in before]
        assert set(session.scalars(select(Webhook.state))) == {"done"}
    assert sorted(kept) == sorted(bodies)
