"""The yardstick: what a user would write instead, with PyPI's wechatpy, one call after the other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from reconciler.core.model import Desired
from reconciler.sandbox.accounts import APPID, SECRET

from .commands import FailedError

try:
    from wechatpy import WeChatClient
except Exception as error:  # a bare Exception, where wechatpy finds no library for cryptography
    raise FailedError(f"wechatpy can't be imported ({error}): pip install -e '.[dev]'") from None

PAGE = 20


def put_up(desired: Desired, url: str, token: str) -> dict[str, str]:
    """Look up each title's keywords, add it, then list the account: name -> template_id."""
    client = WeChatClient(APPID, SECRET, access_token=token)
    client.wxa.API_BASE_URL = f"{url}/"
    ids = {}
    for wanted in desired.templates:
        found = client.wxa.get_library_template(wanted.id)
        numbers = {keyword["name"]: keyword["keyword_id"] for keyword in found["keyword_list"]}
        ids[wanted.name] = client.wxa.add_template(
            wanted.id, [numbers[keyword.name] for keyword in wanted.keywords]
        )
    listed = {template["template_id"] for template in _listed(client)}
    assert listed == set(ids.values())
    return ids


def list_all(url: str, appids: Iterable[str]) -> None:
    """Get a token for each account, and list it."""

    class Client(WeChatClient):  # type: ignore[misc]
        def fetch_access_token(self) -> Any:
            """As wechatpy does, at another address."""
            credentials = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret}
            return self._fetch_access_token(url=f"{url}/cgi-bin/token", params=credentials)

    for appid in appids:
        client = Client(appid, SECRET)
        client.wxa.API_BASE_URL = f"{url}/"
        assert _listed(client)


def _listed(client: Any) -> list[dict[str, Any]]:
    """All pages; the last is the one that is not full."""
    found: list[dict[str, Any]] = []
    while True:
        page = client.wxa.list_templates(len(found), PAGE)
        found += page
        if len(page) < PAGE:
            return found
