"""An answer tried on customs' rules before it goes: while it is written, and once more when it is accepted."""

from tests.web.site import Site


def test_an_answer_that_is_being_written_is_told_what_customs_refuses(site: Site) -> None:
    taken = site.texted()
    tried = site.post(f"/api/v1/queries/{taken['id']}/answers/check", {"text": "Two cotton shirts, white"})
    assert [(one["rule"], one["weight"]) for one in tried["violations"]] == [("not_plain", "refused")]
    assert tried["plain"] == "Two cotton shirts white"
    mended = site.post(f"/api/v1/queries/{taken['id']}/answers/check", {"text": tried["plain"]})
    assert mended == {"violations": [], "plain": None}
    assert site.see(taken["id"])["answers"] == []


def test_what_cannot_be_provided_need_not_describe_goods(site: Site) -> None:
    taken = site.texted()
    path = f"/api/v1/queries/{taken['id']}/answers/check"
    assert site.post(path, {"text": "12"})["violations"]
    assert site.post(path, {"text": "12", "code": "R200"})["violations"] == []


def test_accepting_tells_what_customs_will_refuse_and_accepts_all_the_same(site: Site) -> None:
    taken = site.replied("一份禮物")
    told = site.decide(taken["id"], "accept", {"code": "R100"}, preview=True).json()["consequences"]
    assert told[0].startswith("Customs will refuse it. The answer holds more than letters, digits and spaces")
    assert "禮物" not in " ".join(told)
    plain = site.done(taken["id"], "accept", {"code": "R100", "text": "One toy rabbit of cotton"})
    assert not any("refuse it. " in one for one in plain["consequences"])
    assert plain["state"] == "closed"
