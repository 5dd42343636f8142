"""The way from wechatpy to the sandbox. Both versions take it: each knows but one address, the live one."""

from __future__ import annotations

from typing import Any

import requests
import requests.adapters

LIVE = "https://api.weixin.qq.com"


class Detour(requests.adapters.HTTPAdapter):
    """What stands between wechatpy and WeChat."""

    def __init__(self, url: str, *, typed: bool) -> None:
        super().__init__()
        self._url = url
        self._typed = typed

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        """Send it to the sandbox instead."""
        assert request.url is not None
        if self._typed and request.method == "POST" and "/wxaapi/newtmpl/" in request.url:
            request.headers["Content-Type"] = "application/json"
        request.url = request.url.replace(LIVE, self._url)
        return super().send(request, *args, **more)


def diverted(client: Any, url: str, *, typed: bool = True) -> Any:
    """A client of wechatpy whose requests go to the sandbox at this address, by no proxy."""
    client._http.trust_env = False
    client._http.mount(LIVE, Detour(url, typed=typed))
    return client
