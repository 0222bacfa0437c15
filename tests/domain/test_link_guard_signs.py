"""A rule of the link guard may pass by a text that lacks a sign: then every match of the rule must hold it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.link_guard.hosts import RULES, Rule

SIGNED = [rule for rule in RULES if rule.sign is not None]


@pytest.mark.parametrize("rule", SIGNED, ids=lambda rule: rule.reason[:20])
@given(data=st.data())
def test_what_a_rule_refuses_holds_its_sign(rule: Rule, data: st.DataObject) -> None:
    body = data.draw(st.from_regex(rule.pattern))
    assert rule.hits(body)


@pytest.mark.parametrize("rule", SIGNED, ids=lambda rule: rule.reason[:20])
@given(body=st.text("019afgx.:@ "))
def test_a_sign_changes_nothing(rule: Rule, body: str) -> None:
    assert rule.hits(body) == bool(rule.pattern.search(body))
