"""A company's network: its proxies, and its certificates."""

from __future__ import annotations

import re
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from reconciler.wechat.transport.proxies import is_spared, proxy_of

from ..rawserver import FLEET, Accounts, appid, speaking, tunnelling, write
from ..tools import CommandLine

NAME = "https://api.wechat.test"
LIST = "POST /cgi-bin/wxopen/template/list"
TOKEN = "POST /cgi-bin/stable_token"
HINT = (
    "    if your company's proxy or gateway has made it, name the file of its CA in SSL_CERT_FILE, or have it"
    " put into the system's store; if not, somebody may be listening in\n"
)
PROXY_HINT = "    check HTTPS_PROXY, ALL_PROXY and NO_PROXY, then run it again; it is safe to repeat\n"


# ---------------------------------------------------------------- which proxy


@pytest.mark.parametrize(
    ("host", "no_proxy"),
    [
        ("api.weixin.qq.com", "*"),
        ("api.weixin.qq.com", "a.example, *"),
        ("api.weixin.qq.com", "api.weixin.qq.com"),
        ("api.weixin.qq.com", "qq.com"),
        ("api.weixin.qq.com", ".qq.com"),
        ("api.weixin.qq.com", "*.qq.com"),
        ("api.weixin.qq.com", "API.Weixin.QQ.com."),
        ("API.weixin.qq.com.", "qq.com"),
        ("api.weixin.qq.com", "a.example qq.com"),
        ("api.weixin.qq.com", "qq.com:443"),
        ("api.weixin.qq.com", "https://qq.com"),
        ("10.1.2.3", "10.1.2.3"),
        ("10.1.2.3", "10.0.0.0/8"),
        ("10.1.2.3", "10.1.2.3/8"),
        ("10.1.2.3", "fd07::/64,10.1.2.3:443"),
        ("fd07::5", "fd07::/64"),
        ("fd07::5", "FD07:0:0:0::5"),
        ("fd07::5", "[fd07::5]"),
        ("fd07::5", "[fd07::5]:443"),
        ("fd07::5", "[fd07::]/64"),
    ],
)
def test_no_proxy_has_it(host: str, no_proxy: str) -> None:
    assert is_spared(host, 443, no_proxy)


@pytest.mark.parametrize(
    ("host", "no_proxy"),
    [
        ("api.weixin.qq.com", ""),
        ("api.weixin.qq.com", " , "),
        ("api.weixin.qq.com", "."),
        ("api.weixin.qq.com", "weixinqq.com"),
        ("weixinqq.com", "qq.com"),
        ("api.weixin.qq.com", "qq.com:80"),
        ("api.weixin.qq.com", "0.0.0.0/0"),
        ("10.1.2.3", "11.0.0.0/8"),
        ("10.1.2.3", ".3"),
        ("10.1.2.3", "10.1.2.3:80"),
        ("10.1.2.3", "fd07::/64,[::1],10.0.0.0/99,10.0.0/8,[,]:,:::"),
        ("fd07:1::5", "fd07::/64"),
        ("fd07::5", "[fd07::5]:80"),
    ],
)
def test_no_proxy_has_it_not(host: str, no_proxy: str) -> None:
    assert not is_spared(host, 443, no_proxy)


def test_the_more_special_variable_wins() -> None:
    settings = {"all": "socks5://a:1", "https": "b:2", "no": "c.example"}
    assert proxy_of("https", "x.example", None, settings) == ("HTTPS_PROXY", "http://b:2")
    assert proxy_of("http", "x.example", None, settings) == ("ALL_PROXY", "socks5://a:1")
    assert proxy_of("https", "c.example", None, settings) is None
    assert proxy_of("https", "x.example", None, {"https": " "}) is None


# ---------------------------------------------------------------- over real TLS


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


@dataclass(frozen=True)
class Company:
    """The file of its CA, and how to set a variable."""

    bundle: Path
    set: Callable[[str, str], None]


@pytest.fixture
def company(ca: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    path = tmp_path / "company.pem"
    ca.cert_pem.write_to_path(str(path))
    return Company(path, monkeypatch.setenv)


@pytest.fixture
def accounts(ca: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> Iterator[Accounts]:
    """Accounts that are served over TLS, with a certificate that the company has made."""
    monkeypatch.setenv("WECHAT_APPSECRET", "s" * 32)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    accounts, tls = Accounts(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1", "api.wechat.test").configure_cert(tls)
    with speaking(accounts.answer, tls) as accounts.url:
        monkeypatch.setenv("RECONCILER_ENDPOINT", accounts.url)
        yield accounts


COUNTS = pytest.mark.parametrize("count", [1, FLEET])


@COUNTS
@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "SSL_CERT_DIR"])
def test_a_companys_certificate_is_believed(
    accounts: Accounts, reconciler: CommandLine, company: Company, count: int, variable: str
) -> None:
    write(count)
    bundle = company.bundle
    company.set(variable, str(bundle if variable != "SSL_CERT_DIR" else hashed(bundle)))
    result = reconciler("plan")
    assert (result.code, result.err) == (0, "")
    assert accounts.calls[appid(0), "list"] == 1


def hashed(bundle: Path) -> Path:
    """A folder with the file, as c_rehash would make it."""
    words = ["openssl", "x509", "-hash", "-noout", "-in", str(bundle)]
    try:
        name = subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    except FileNotFoundError:
        pytest.skip("no openssl to name the file with")
    folder = bundle.parent / "certificates"
    folder.mkdir()
    (folder / f"{name}.0").write_bytes(bundle.read_bytes())
    return folder


@COUNTS
def test_one_that_is_not_believed_is_no_passing_fault(
    accounts: Accounts, reconciler: CommandLine, count: int
) -> None:
    write(count)
    result = reconciler("plan", "--verbose", "--fail-fast", "--parallelism", "1")
    host = accounts.url.removeprefix("https://")
    why = "unable to get local issuer certificate"
    said = f"{TOKEN}: the certificate of {host} is not believed ({why})"
    assert result.code == 1
    assert result.err.endswith(f"error: {'a0: ' if count > 1 else ''}{said}\n{HINT}")
    assert "trying again" not in result.err
    assert accounts.calls == {}


def test_a_certificate_of_another_host_is_not_believed(
    accounts: Accounts, reconciler: CommandLine, company: Company
) -> None:
    write(1)
    company.set("SSL_CERT_FILE", str(company.bundle))
    url = accounts.url.replace("127.0.0.1", "localhost")
    result = reconciler("plan", "--endpoint", url)
    assert result.code == 1
    assert "is not believed (Hostname mismatch, certificate is not valid for 'localhost'.)\n" in result.err


def test_a_file_without_certificates_is_told(
    accounts: Accounts, reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write(1)
    (tmp_path / "empty.pem").write_text("nothing")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "empty.pem"))
    result = reconciler("plan")
    assert result.code == 1
    assert (
        "the certificates that REQUESTS_CA_BUNDLE names can't be read (no certificates in it)\n" in result.err
    )


# ---------------------------------------------------------------- through a proxy


@COUNTS
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "ALL_PROXY", "https_proxy"])
def test_calls_go_through_the_proxy_and_it_does_not_see_them(
    accounts: Accounts, reconciler: CommandLine, company: Company, count: int, variable: str
) -> None:
    write(count)
    seen: list[str] = []
    company.set("SSL_CERT_FILE", str(company.bundle))
    company.set("NO_PROXY", "fd07::/64,[::1],10.0.0.0/8,.corp.example")
    with tunnelling(accounts.url, seen) as port:
        company.set(variable, f"http://me:pass%40word@127.0.0.1:{port}")
        result = reconciler("plan", "--endpoint", NAME)
    assert (result.code, result.err) == (0, "")
    assert {one.splitlines()[0] for one in seen} == {"CONNECT api.wechat.test:443 HTTP/1.1"}
    assert "proxy-authorization: basic bwu6cgfzc0b3b3jk" in seen[0].lower()


@COUNTS
def test_what_comes_of_a_proxy_names_it_and_not_its_user(
    accounts: Accounts, reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    write(count)
    words = ("plan", "--endpoint", NAME, "--retries", "0", "--fail-fast", "--parallelism", "1")
    start = f"error: {'a0: ' if count > 1 else ''}{TOKEN}: "
    monkeypatch.setenv("HTTPS_PROXY", "http://me:password@127.0.0.1:1")
    dead = reconciler(*words)
    assert dead.err == f"{start}can't connect to the proxy 127.0.0.1:1 (Connection refused)\n{PROXY_HINT}"
    refusal = b"HTTP/1.1 407 Say password\r\nContent-Length: 0\r\n\r\n"
    with tunnelling(accounts.url, [], refusal) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:password@127.0.0.1:{port}")
        refused = reconciler(*words)
    said = f"the proxy 127.0.0.1:{port} lets nobody through to api.wechat.test (HTTP status 407)"
    assert refused.err == f"{start}{said}\n{PROXY_HINT}"
    with tunnelling(accounts.url, []) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:password@127.0.0.1:{port}")
        doubted = reconciler(*words)
    why = "unable to get local issuer certificate"
    way = f"api.wechat.test through the proxy 127.0.0.1:{port}"
    assert doubted.err == f"{start}the certificate of {way} is not believed ({why})\n{HINT}"
    assert (dead.code, refused.code, doubted.code) == (1, 1, 1)


def test_a_broken_reply_names_the_proxy_too(
    accounts: Accounts, reconciler: CommandLine, company: Company
) -> None:
    write(1)
    company.set("SSL_CERT_FILE", str(company.bundle))
    accounts.breaks["list", appid(0)] = b"HTTP/1.1 502 Bad\r\nContent-Length: 6\r\n\r\n<html>"
    with tunnelling(accounts.url, []) as port:
        company.set("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        result = reconciler("plan", "--endpoint", NAME, "--retries", "0")
    said = f"HTTP status 502, an HTML page instead of JSON (through the proxy 127.0.0.1:{port})"
    assert result.err.startswith(f"error: {LIST}: {said}\n")


def test_no_proxy_is_obeyed(
    accounts: Accounts, reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(1)
    seen: list[str] = []
    monkeypatch.setenv("NO_PROXY", "fd07::/64,10.0.0.0/8")
    with tunnelling(accounts.url, seen) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        result = reconciler("plan", "--endpoint", "https://10.9.9.9", "--retries", "0")
    assert result.code == 1
    assert "proxy" not in result.err
    assert seen == []


def test_calls_without_tls_load_nothing_for_it(tmp_path: Path) -> None:
    write(1)
    code = (
        "import sys; from reconciler.cli import main; "
        "main(['plan', '--endpoint', 'http://127.0.0.1:1', '--retries', '0']); "
        "print(sorted(set(sys.modules) & {'truststore', 'aiohttp', 'cryptography'}))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"WECHAT_APPSECRET": "s" * 32, "PATH": ""},
    )
    assert re.search(r"can't connect to 127\.0\.0\.1:1 \(Connection refused\)\n", run.stderr)
    assert run.stdout.splitlines()[-1] == "[]"
