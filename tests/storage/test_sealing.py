"""Personal data at rest: no plain text in any row or file, keys that rotate, and columns that cannot be swapped."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import MetaData, create_engine, select, text

from notifier.domain.errors import SettingsWrong
from notifier.service.lookups import get_query
from notifier.storage.columns import Sealed
from notifier.storage.database import open_database
from notifier.storage.models import Base, Query, Reply, Text
from notifier.storage.sealing import Keyring
from tests.contexts import KEYRING, make_context
from tests.fakes import FakeCarrier
from tests.journeys.world import MOBILE, World
from tests.storage.whole_story import CUSTOMS_WORDS, OTHER, REPLY, SECOND_REPLY, SECRETS, STAFF_WORDS, tell

OLD, NEW = b"k" * 32, b"n" * 32
BOTH = Keyring({1: OLD, 2: NEW}, KEYRING.hash_key)
NEW_ONLY = Keyring({2: NEW}, KEYRING.hash_key)


def raw_values(url: str) -> Iterator[tuple[str, str, bytes]]:
    """Every value of every table as the database keeps it, told by a reader that knows nothing of our columns."""
    engine = create_engine(url)
    kept = MetaData()
    kept.reflect(engine)
    with engine.connect() as connection:
        for table in kept.sorted_tables:
            for row in connection.execute(text(f'SELECT * FROM "{table.name}"')).mappings():
                for column, value in row.items():
                    yield table.name, column, _as_bytes(value)
    engine.dispose()


def _as_bytes(value: Any) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def sealed_columns() -> set[tuple[str, str]]:
    return {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Sealed)
    }


def test_no_row_shows_a_number_or_a_word_after_a_whole_story(world: World, database_url: str) -> None:
    told = tell(world)
    values = list(raw_values(database_url))
    filled = {(table, column) for table, column, value in values if value not in (b"None", b"")}
    assert sealed_columns() <= filled, "the story must leave something in every sealed column"
    leaks = {
        (table, column, secret)
        for table, column, value in values
        for secret in SECRETS
        if secret.encode() in value or secret.encode("unicode_escape") in value
    }
    assert leaks == set()
    whole = world.see(told)
    assert [reply.body for reply in whole.replies] == [REPLY, SECOND_REPLY, "WRONG"]
    assert {text.recipient for text in whole.texts} == {MOBILE, OTHER}
    assert {question.customs_words for question in whole.questions} == {CUSTOMS_WORDS}
    assert STAFF_WORDS in {answer.body for answer in whole.answers}


def test_no_file_of_sqlite_shows_them_either(sqlite_url: str, tmp_path: Path) -> None:
    """The write-ahead log included: the connections are still open."""
    carrier = FakeCarrier()
    world = World(make_context(sqlite_url, carrier=carrier), carrier)
    tell(world)
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    world.ctx.database.dispose()
    assert b"RR123456785HK" in kept
    assert [secret for secret in SECRETS if secret.encode() in kept] == []


def test_the_same_number_is_sealed_differently_each_time_and_found_by_its_hash(world: World) -> None:
    for reference in ("a", "b"):
        world.refer(referral_reference=reference)
    with world.ctx.database.read() as session:
        sealed = session.execute(text("SELECT mobile, mobile_hash FROM queries")).all()
    assert len({bytes(row.mobile) for row in sealed}) == 2
    assert len({row.mobile_hash for row in sealed}) == 1


def test_after_a_rotation_old_rows_are_read_and_new_rows_carry_the_new_key(world: World, database_url: str) -> None:
    old = world.refer(referral_reference="old")
    rotated = replace(world, ctx=replace(world.ctx, database=open_database(database_url, BOTH)))
    new = rotated.refer(referral_reference="new")
    assert rotated.refer(referral_reference="old").id == old.id, "hashes do not change with the sealing keys"
    assert {rotated.see(taken.id).query.mobile for taken in (old, new)} == {MOBILE}
    with rotated.ctx.database.read() as session:
        rows = session.execute(text("SELECT referral_reference, mobile FROM queries")).all()
    assert {row.referral_reference: bytes(row.mobile)[0] for row in rows} == {"old": 1, "new": 2}
    rotated.ctx.database.dispose()


def test_a_missing_key_says_which_and_where(world: World, database_url: str) -> None:
    taken = world.refer()
    without = replace(world.ctx, database=open_database(database_url, NEW_ONLY))
    with pytest.raises(SettingsWrong, match=r"No sealing key of version 1: restore it in NOTIFIER_SEAL__KEYS"):
        get_query(without, taken.id)
    without.database.dispose()


@pytest.mark.parametrize(
    ("model", "move"),
    [
        (Query, "UPDATE queries SET mobile = mobile_given"),
        (Reply, "UPDATE replies SET body = phone"),
        (Text, "UPDATE texts SET body = recipient"),
    ],
)
def test_a_value_moved_to_another_column_does_not_open(world: World, model: type[Base], move: str) -> None:
    world.texted()
    world.reply("A doll")
    with world.ctx.database.begin() as session:
        session.execute(text(move))
    with world.ctx.database.read() as session, pytest.raises(InvalidTag):
        session.scalars(select(model)).all()


def test_a_flipped_bit_does_not_open() -> None:
    sealed = bytearray(KEYRING.seal("words", "here"))
    assert KEYRING.open(bytes(sealed), "here") == "words"
    sealed[-1] ^= 1
    with pytest.raises(InvalidTag):
        KEYRING.open(bytes(sealed), "here")


@pytest.mark.parametrize("keys", [{}, {1: b"short"}, {0: OLD}, {256: OLD}])
def test_keys_that_cannot_be_used_are_refused(keys: dict[int, bytes]) -> None:
    with pytest.raises(SettingsWrong, match="32 bytes each, with versions 1 to 255"):
        Keyring(keys, b"h")


def test_a_keyring_shows_its_versions_and_no_key() -> None:
    assert repr(BOTH) == "Keyring(versions=[1, 2])"


def test_hashes_of_one_value_for_two_purposes_differ() -> None:
    assert KEYRING.hash("phone", MOBILE) != KEYRING.hash("last4", MOBILE)
    assert KEYRING.hash("phone", MOBILE) != Keyring({1: OLD}, b"other").hash("phone", MOBILE)


def test_an_engine_without_keys_neither_writes_nor_reads(world: World, database_url: str) -> None:
    world.refer()
    engine = create_engine(database_url)
    with engine.connect() as connection, pytest.raises(TypeError, match="no keyring"):
        connection.execute(select(Query.mobile)).all()
    engine.dispose()
