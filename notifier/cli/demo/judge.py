"""Judging how each query ended, from the API and from what the carrier logged; nothing else is looked at."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from notifier.cli.demo.acting import QUERIES
from notifier.cli.demo.desk import Desk
from notifier.cli.demo.ends import Difference, End, differences, make_end
from notifier.cli.demo.intake import first_try_failed
from notifier.cli.demo.parts import Part
from notifier.cli.demo.quiet import LOG
from notifier.cli.demo.stories import Carrier

_REFERENCE = re.compile(r"(?<![0-9A-Za-z])([0-9A-Z]{8})(?:-([0-9]+))?(?![0-9A-Za-z])")
_TRADITIONAL, _SIMPLIFIED = frozenset("郵訊關"), frozenset("邮讯关")
_CLIENTS = 6

Json = dict[str, Any]


@dataclass(frozen=True)
class Verdict:
    """How one story ended. `asked`: the round of each question text the carrier took."""

    part: Part
    seen: End
    asked: tuple[int, ...]
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Sms:
    """A text the carrier took: whose it is by the reference in it, and in which round and language it speaks."""

    code: str
    round: int
    language: str
    to: str
    status: str
    sid: str
    receipts: tuple[str, ...]


def judge(desk: Desk, parts: Sequence[Part]) -> tuple[list[Verdict], list[str]]:
    """A verdict on each story, and what else is wrong: texts and work for people that no story explains."""
    texts = [_sms(message) for message in desk.get(LOG)["messages"] if message["direction"] != "inbound"]
    by_code: dict[str, list[Sms]] = defaultdict(list)
    for sms in texts:
        by_code[sms.code].append(sms)
    unplaced = [handoff for handoff in desk.pages("/api/v1/handoffs") if handoff["query_id"] is None]
    taken = [part for part in parts if part.taken]
    with ThreadPoolExecutor(_CLIENTS) as pool:
        queries = dict(zip((part.id for part in taken), pool.map(lambda part: _see(desk, part), taken), strict=True))
    verdicts = [_judge_one(part, queries.get(part.id, {}), by_code.get(part.code, []), unplaced) for part in parts]
    return verdicts, [*_strange_texts(texts, taken), *_strange_work(unplaced, taken)]


def _strange_texts(texts: Iterable[Sms], taken: Iterable[Part]) -> Iterator[str]:
    known = {part.code for part in taken}
    phones = Counter(part.story.phones()[0] for part in taken)
    # "Which item?" names none of a phone's queries alone.
    asks_back = (not sms.code and phones[sms.to] > 1 for sms in texts)
    number = sum(sms.code not in known and not back for sms, back in zip(texts, asks_back, strict=True))
    if number:
        yield f"{number} texts went out that no story explains."


def _strange_work(unplaced: Iterable[Json], taken: Sequence[Part]) -> Iterator[str]:
    for row in unplaced:
        if not any(_about_its_phone(part, [row]) for part in taken):
            yield f"Work that no story explains: {row['team']}:{row['reason']}. {row['sentence']}"


def _see(desk: Desk, part: Part) -> Json:
    seen: Json = desk.get(f"{QUERIES}/{part.id}")
    return seen


def _sms(message: Json) -> Sms:
    found = _REFERENCE.search(message["body"])
    return Sms(
        code=found[1] if found else "",
        round=int(found[2] or 1) if found else 0,
        language=language_of(message["body"]),
        to=message["to"],
        status=message["status"],
        sid=message["sid"],
        receipts=tuple(hook["status"] for hook in message["webhooks"]),
    )


def language_of(body: str) -> str:
    """The language of a text as a reader sees it. References and item numbers have no small letters."""
    spoken = []
    if _TRADITIONAL & set(body):
        spoken.append("zh-Hant")
    if _SIMPLIFIED & set(body):
        spoken.append("zh-Hans")
    if re.search("[a-z]", body):
        spoken.append("en")
    return "+".join(spoken)


def _judge_one(part: Part, query: Json, texts: Sequence[Sms], unplaced: Iterable[Json]) -> Verdict:
    if not query:
        seen = make_end("not taken in", "", (), (), "")
        return Verdict(part, seen, (), (*differences(part.story.expected, seen), *_told(part)))
    kinds = {text["sid"]: text["kind"] for text in query["texts"]}
    handoffs = [f"{row['team']}:{row['reason']}" for row in query["handoffs"] if row["closed_at"] is None]
    handoffs += _about_its_phone(part, unplaced)
    answer = query["answers"][-1] if query["answers"] else {"state": "", "code": None}
    seen = make_end(
        query["state"],
        query["outcome"] or "",
        (_text(part, sms, kinds.get(sms.sid, "unknown")) for sms in texts),
        handoffs,
        " ".join(filter(None, (answer["state"], answer["code"]))),
    )
    # What the API does not know of counts too: it may be a question that was sent twice.
    asked = tuple(sms.round for sms in texts if kinds.get(sms.sid, "question") == "question")
    wrong = [*differences(part.story.expected, seen), *_told(part), *_asked_once(asked), *_rules(part, query, texts)]
    return Verdict(part, seen, asked, tuple(wrong))


def _about_its_phone(part: Part, unplaced: Iterable[Json]) -> list[str]:
    """Work about a reply that could not be placed, when it is one of this story's."""
    said = {part.filled(words) for words in part.story.sayings()}
    return [f"{row['team']}:{row['reason']}" for row in unplaced if row["reply"] and row["reply"]["text"] in said]


def _text(part: Part, sms: Sms, kind: str) -> str:
    numbered = kind if sms.round == 1 else f"{kind}-{sms.round}"
    phones = part.story.phones()
    right = sms.round <= len(phones) and sms.to == phones[sms.round - 1]
    fate = "" if sms.status == "delivered" else f" ({sms.status})"
    return f"{numbered} {sms.language}{fate}{'' if right else ' to a wrong phone'}"


def _told(part: Part) -> list[Difference]:
    return [Difference("what happened", "as in the story", trouble) for trouble in part.troubles]


def _asked_once(asked: Iterable[int]) -> Iterator[Difference]:
    for number, times in Counter(asked).items():
        if times != 1:
            yield Difference("question texts in a round", "1", f"{times} in round {number}")


def _rules(part: Part, query: Json, texts: Sequence[Sms]) -> Iterator[Difference]:
    """What holds for every query, whatever its row says."""
    if [row["seq"] for row in query["history"]] != list(range(1, len(query["history"]) + 1)):
        yield Difference("history", "numbered without gaps", "a gap")
    if query["history"][-1]["to"] != query["state"]:
        yield Difference("history", f"ends in {query['state']}", f"ends in {query['history'][-1]['to']}")
    if not _as_moody(part.story.carrier, query, texts):
        yield Difference("carrier", part.story.carrier, "it behaved otherwise")


def _as_moody(carrier: Carrier, query: Json, texts: Sequence[Sms]) -> bool:
    """Whether the carrier did what the story is about."""
    if carrier is Carrier.WELL:
        return True
    if carrier is Carrier.DOUBLES:
        return bool(texts) and all(times > 1 for times in Counter(texts[0].receipts).values())
    return first_try_failed(query)
