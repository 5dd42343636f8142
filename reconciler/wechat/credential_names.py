"""What an account's credentials are called where they come from, for hints."""

from __future__ import annotations

from typing import NamedTuple


class CredentialNames(NamedTuple):
    """The environment variables of one account, as hints name them."""

    token: str = "WECHAT_ACCESS_TOKEN"
    """the variable of the token, or the one that might hold it"""
    secret: str = "WECHAT_APPID and WECHAT_APPSECRET"
    """what a token is asked for with, and that can be set"""
    wrong: str = "WECHAT_APPID and WECHAT_APPSECRET"
    """what to check where the secret is refused, and whose it should be"""
    appid: str = "WECHAT_APPID"
    """where the appid stands"""


PLAIN = CredentialNames()
"""of an account that no file names"""
