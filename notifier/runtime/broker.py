"""Looking at the broker before trusting it with hints."""

from urllib.parse import urlsplit

import redis
import structlog

from notifier.domain.errors import SettingsWrong

log = structlog.get_logger()


def check_broker(url: str) -> None:
    """Refuse a Redis that would throw messages away. Raises SettingsWrong, also when it cannot be reached."""
    if not urlsplit(url).scheme.startswith("redis"):
        return
    client = redis.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=5)
    try:
        client.ping()
        policy = _eviction_policy(client)
    except redis.RedisError as failure:
        raise SettingsWrong(
            f"NOTIFIER_BROKER_URL: Redis cannot be reached ({type(failure).__name__}): start it, or mend the address."
        ) from None
    finally:
        client.close()
    if policy is not None and policy != "noeviction":
        raise SettingsWrong(
            f"NOTIFIER_BROKER_URL: this Redis evicts keys ({policy}), so hints would vanish: "
            "set maxmemory-policy to noeviction."
        )


def _eviction_policy(client: "redis.Redis") -> str | None:
    """None where the server does not let us ask, as managed ones do."""
    try:
        answer = client.config_get("maxmemory-policy")
    except redis.ResponseError:
        log.info("broker_policy_unknown")
        return None
    return str(answer.get("maxmemory-policy", "")) or None
