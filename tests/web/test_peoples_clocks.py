"""What people see of their clocks: until when, from when, and that a reply has overtaken a call."""

from datetime import timedelta

from tests.web.site import Site

HOUR = timedelta(hours=1)


def test_whoever_holds_the_call_sees_that_a_reply_came_in(site: Site) -> None:
    query = site.texted()
    site.world.wind(73 * HOUR)
    (call,) = site.get("/api/v1/handoffs")["items"]
    site.post(f"/api/v1/handoffs/{call['id']}/claim", {})
    site.world.reply("Two cotton shirts")
    shown = {one["reason"]: one for one in site.see(query["id"])["handoffs"]}["no_reply"]
    assert shown["claimed_by"] is not None
    assert shown["hint"].startswith("The sender has replied: do not call")
    assert shown["parked_at"] is not None
    site.post(f"/api/v1/queries/{query['id']}/reject", {"reason": "too vague"})
    shown = {one["reason"]: one for one in site.see(query["id"])["handoffs"]}["no_reply"]
    assert (shown["hint"], shown["parked_at"], shown["priority"]) == (None, None, 3)
    assert shown["claimed_by"] is not None, "the claim is still theirs"


def test_the_list_shows_until_when_and_from_when(site: Site) -> None:
    site.texted()
    site.world.wind(73 * HOUR)
    site.world.sweep()
    (call,) = site.get("/api/v1/handoffs")["items"]
    assert (call["overdue"], call["call_from"], call["hint"], call["parked_at"]) == (None, None, None, None)
    assert call["due_at"] > call["opened_at"]
