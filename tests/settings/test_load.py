"""From the environment to settings: what is wrong is told in our words, by variable, and never with the value."""

import base64
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.domain.errors import SettingsWrong
from notifier.settings import load
from notifier.settings.load import load_only

KEY = base64.b64encode(b"k" * 32).decode()
PRODUCTION = {
    "NOTIFIER_PROFILE": "production",
    "NOTIFIER_DATABASE_URL": "postgresql://notifier:pw@db/notifier",
    "NOTIFIER_BROKER_URL": "redis://broker:6379/0",
    "NOTIFIER_PUBLIC_URL": "https://notifier.example.org",
    "NOTIFIER_TWILIO__ACCOUNT_SID": "AC" + "0" * 32,
    "NOTIFIER_TWILIO__AUTH_TOKEN": "a token",
    "NOTIFIER_TWILIO__FROM": "+85264500001",
    "NOTIFIER_SEAL__KEYS": f"1:{KEY}",
    "NOTIFIER_SEAL__HASH_KEY": KEY,
}


def complaints(**variables: str) -> list[str]:
    """The lines about these variables, which are written without their prefix."""
    with pytest.raises(SettingsWrong) as refused:
        load({f"NOTIFIER_{name}": value for name, value in variables.items()})
    return str(refused.value).splitlines()


def test_nothing_set_is_a_sandbox() -> None:
    settings = load({"PATH": "/bin", "NOTIFIERX": "not ours"})
    assert (settings.production, settings.sandbox_mounted, settings.broker) == (False, True, "memory://")


def test_an_empty_value_counts_as_not_set() -> None:
    assert load({"NOTIFIER_PORT": "", "NOTIFIER_QUIET_HOURS": "  "}) == load({})


def test_periods_are_iso_or_seconds() -> None:
    window = load({"NOTIFIER_WINDOW__REMIND_AFTER": "1.5", "NOTIFIER_WINDOW__CLOSE_AFTER": "pt72h"}).window
    assert (window.remind_after, window.close_after) == (timedelta(seconds=1.5), timedelta(hours=72))


def test_a_name_that_is_not_ours_is_told_with_the_nearest_one() -> None:
    assert complaints(WINDOW__CLOSE_AFTR="PT5S", ZEBRA="1") == [
        "NOTIFIER_WINDOW__CLOSE_AFTR is no setting: do you mean NOTIFIER_WINDOW__CLOSE_AFTER?",
        "NOTIFIER_ZEBRA is no setting: see config/env.example.",
    ]


def test_the_servers_of_the_tests_are_no_settings() -> None:
    assert load({"NOTIFIER_TEST_DATABASE_URL": "anything"}) == load({})


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("WINDOW__CLOSE_AFTER", "three days", "write a period as PT72H (ISO 8601), or in seconds, such as 259200"),
        ("WINDOW__CLOSE_AFTER", "0", "write a period that is longer than nothing, such as PT1S"),
        ("WINDOW__OPEN_GRACE", "-1", "write a period that is not negative, such as PT90S"),
        ("WINDOW__OPEN_GRACE", "inf", "write a period as PT72H (ISO 8601), or in seconds, such as 259200"),
        ("SENDING__BATCH", "many", "write a whole number, such as 50"),
        ("SENDING__BATCH", "0", "write 1 or more"),
        ("PORT", "65536", "write 65535 or less"),
        ("SENDING__SEGMENTS_PER_SECOND", "fast", "write a number, such as 1.5"),
        ("SENDING__SEGMENTS_PER_SECOND", "inf", "write a number, such as 1.5"),
        ("TWILIO__ALLOW_BASE_URL", "perhaps", "write true or false"),
        ("PROFILE", "prod", "write one of 'sandbox' or 'production'"),
        ("LOG__LEVEL", "loud", "write one of 'debug', 'info', 'warning' or 'error'"),
        ("PUBLIC_URL", "notifier.example.org", "write it as https://notifier.example.org"),
        ("TWILIO__ACCOUNT_SID", "AC-1", "write it as AC and 32 letters and digits"),
        ("QUIET_HOURS", "9", "Quiet hours cannot be read. Write it as 21:00-09:00, or off"),
        (
            "QUIET_HOURS",
            "09:00-09:00",
            "Quiet hours must have two different local times. Write it as 21:00-09:00, or off",
        ),
    ],
)
def test_a_wrong_form_is_told_with_the_right_one(name: str, value: str, says: str) -> None:
    assert complaints(**{name: value}) == [f"NOTIFIER_{name}: {says}."]


@pytest.mark.parametrize(
    "number", ["12", "1823", "call us", "2921 2222 / 2921 2223", "tel 2921 2222", "２９２１ ２２２２"]
)
def test_a_hotline_nobody_could_call_is_refused(number: str) -> None:
    """It stands in every text, and the link guard lets it through."""
    says = "write one telephone number that people can call, such as 2921 2222"
    assert complaints(HOTLINE__NUMBER=number) == [f"NOTIFIER_HOTLINE__NUMBER: {says}."]


@pytest.mark.parametrize("number", ["2921 2222", "+852 2921-2222", "(0)20 7946 0000"])
def test_a_hotline_is_kept_as_it_is_written(number: str) -> None:
    assert load({"NOTIFIER_HOTLINE__NUMBER": number}).hotline.number == number


@pytest.mark.parametrize("regions", ["ZZ", "HK,ZZ", "852", ",", "001"])
def test_regions_without_telephones_are_refused(regions: str) -> None:
    (line,) = complaints(INTAKE__REGIONS=regions)
    assert line.startswith("NOTIFIER_INTAKE__REGIONS: write regions by their two letters")


def test_regions_may_be_written_small() -> None:
    assert load({"NOTIFIER_INTAKE__REGIONS": "hk, Mo"}).intake.regions == ("HK", "MO")


@pytest.mark.parametrize(
    "senders",
    ["64500001", "+852 6450 0001", "+0123456789", "#", "12345", "#HongkongPost", "+85264500001,香港郵政", ","],
)
def test_a_sender_no_carrier_would_take_is_refused(senders: str) -> None:
    (line,) = complaints(TWILIO__FROM=senders)
    assert line.startswith("NOTIFIER_TWILIO__FROM: write each number in full with its plus sign, such as +852")


def test_senders_are_numbers_or_registered_names() -> None:
    numbers = load({"NOTIFIER_TWILIO__FROM": "+85264500001, +85264500002"})
    assert numbers.sender_ids == ("+85264500001", "+85264500002")
    mode = {"NOTIFIER_SENDER__MODE": "notice", "NOTIFIER_SENDER__REPLY_NUMBER": "6450 0001"}
    assert load(mode | {"NOTIFIER_TWILIO__FROM": "#HKPost,HK Post 24"}).sender_ids == ("#HKPost", "HK Post 24")


def test_everything_that_is_wrong_is_told_at_once_and_no_value_with_it() -> None:
    lines = complaints(PORT="s3cret", QUIET_HOURS="s3cret", HOTLINE__NUMBER="s3cret", LOG__FORMAT="s3cret")
    assert sorted(line.partition(":")[0] for line in lines) == [
        "NOTIFIER_HOTLINE__NUMBER",
        "NOTIFIER_LOG__FORMAT",
        "NOTIFIER_PORT",
        "NOTIFIER_QUIET_HOURS",
    ]
    assert "s3cret" not in "".join(lines)


def test_production_lists_everything_it_needs() -> None:
    lines = complaints(PROFILE="production")
    for name in PRODUCTION.keys() - {"NOTIFIER_PROFILE", "NOTIFIER_BROKER_URL"}:
        assert f"{name} is missing: production needs it." in lines
    assert "NOTIFIER_BROKER_URL must be a Redis address in production." in lines
    assert load(PRODUCTION).production


def test_an_account_without_its_token_is_told_once() -> None:
    without = {name: value for name, value in PRODUCTION.items() if name != "NOTIFIER_TWILIO__AUTH_TOKEN"}
    with pytest.raises(SettingsWrong) as refused:
        load(without)
    assert str(refused.value) == "NOTIFIER_TWILIO__AUTH_TOKEN is missing: production needs it."
    assert complaints(TWILIO__ACCOUNT_SID="AC1") == [
        "NOTIFIER_TWILIO__AUTH_TOKEN is missing: set it beside the account SID."
    ]


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from a file\n", encoding="utf-8")
    account = {"NOTIFIER_TWILIO__ACCOUNT_SID": "AC1", "NOTIFIER_TWILIO__AUTH_TOKEN_FILE": str(tmp_path / "token")}
    assert load(account).auth_tokens == ("from a file",)
    with pytest.raises(SettingsWrong, match="are both set: keep one"):
        load(account | {"NOTIFIER_TWILIO__AUTH_TOKEN": "and here"})
    with pytest.raises(SettingsWrong, match=r"AUTH_TOKEN_FILE names a file that cannot be read \(FileNotFoundError\)"):
        load(account | {"NOTIFIER_TWILIO__AUTH_TOKEN_FILE": str(tmp_path / "nowhere")})


def test_what_is_no_secret_does_not_stand_in_a_file(tmp_path: Path) -> None:
    assert complaints(PORT_FILE=str(tmp_path))[0].startswith("NOTIFIER_PORT_FILE is no setting")


def test_no_secret_is_shown_by_the_settings_themselves() -> None:
    shown = repr(load(PRODUCTION))
    for name in ("DATABASE_URL", "TWILIO__AUTH_TOKEN", "SEAL__KEYS", "SEAL__HASH_KEY"):
        assert PRODUCTION[f"NOTIFIER_{name}"] not in shown


def test_some_variables_alone_can_be_read_where_others_are_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_PORT", "nonsense")
    monkeypatch.setenv("NOTIFIER_HOTLINE__NUMBER", "2999 8888")
    assert load_only("NOTIFIER_HOTLINE__NUMBER").hotline.number == "2999 8888"
    with pytest.raises(SettingsWrong, match="NOTIFIER_PORT: write a whole number"):
        load()


def test_a_heartbeat_goes_to_the_web_and_nowhere_else() -> None:
    for url in ("file:///etc/passwd", "ftp://hush.example", "hush.example/ping"):
        (line,) = complaints(HEARTBEAT__URL=url)
        assert line.startswith("NOTIFIER_HEARTBEAT__URL: write it as https://")
        assert "hush" not in line
        assert "etc" not in line
    assert load({"NOTIFIER_HEARTBEAT__URL": "http://127.0.0.1:9/ping"}).heartbeat_url == "http://127.0.0.1:9/ping"


def test_the_addresses_of_staff_may_stand_in_a_file_and_are_never_shown(tmp_path: Path) -> None:
    secret = tmp_path / "urls"
    secret.write_text("json://staff:hush@127.0.0.1:9/\n")
    settings = load({"NOTIFIER_ALARMS__URLS_FILE": str(secret)})
    assert settings.alarms.urls is not None
    assert settings.alarms.urls.get_secret_value() == "json://staff:hush@127.0.0.1:9/"
    assert "hush" not in repr(settings)


def test_hours_that_cannot_be_read_are_told_by_their_variable() -> None:
    assert complaints(ALARMS__OFF_HOURS="at night") == [
        "NOTIFIER_ALARMS__OFF_HOURS: Quiet hours cannot be read. Write it as 21:00-09:00, or off."
    ]
