"""What an account's credentials are called where they come from, for hints."""

from __future__ import annotations

from typing import NamedTuple

from ..core.messages import Said


class CredentialNames(NamedTuple):
    """The environment variables of one account, as hints name them."""

    token: Said = "WECHAT_ACCESS_TOKEN"
    """the variable of the token, or the one that might hold it"""
    secret: Said = "WECHAT_APPID and WECHAT_APPSECRET"
    """what a token is asked for with, and that can be set"""
    wrong: Said = "WECHAT_APPID and WECHAT_APPSECRET"
    """what to check where the secret is refused, and whose it should be"""
    appid: Said = "WECHAT_APPID"
    """where the appid stands"""


PLAIN = CredentialNames()
"""of an account that no file names"""
