"""The script of a call through the API: about the round that is asked now, in the language the sender prefers."""

from datetime import timedelta

from tests.web.site import Site


def test_in_the_language_the_sender_prefers(site: Site) -> None:
    taken = site.texted(language="zh-Hans")
    scripts = site.get(f"/api/v1/queries/{taken['id']}/call-script")["scripts"]
    assert list(scripts) == ["zh-Hans"]
    assert taken["code"] in " ".join(line["say"] for line in scripts["zh-Hans"])


def test_in_two_where_nobody_knows(site: Site) -> None:
    taken = site.texted(language=None)
    assert list(site.get(f"/api/v1/queries/{taken['id']}/call-script")["scripts"]) == ["zh-Hant", "en"]


def test_a_time_that_has_passed_is_not_named(site: Site) -> None:
    taken = site.texted(language="en")
    path = f"/api/v1/queries/{taken['id']}/call-script"
    assert "by" in {line["part"] for line in site.get(path)["scripts"]["en"]}
    site.world.wind(timedelta(days=4))
    assert "by" not in {line["part"] for line in site.get(path)["scripts"]["en"]}
