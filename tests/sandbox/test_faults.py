"""Faults of the sandbox, seen by a raw client over real HTTP: what it reads, and what the account holds."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.sandbox import library
from reconciler.sandbox.accounts import APPID, SECRET
from reconciler.sandbox.faults.garble import GARBLED
from reconciler.sandbox.faults.schedule import ANY, CALLS, KINDS, Fault, FaultError, Faults, parse
from reconciler.sandbox.routes import create_app
from reconciler.sandbox.state.store import Store

from ..conftest import served
from ..tools import CommandLine
from ..voices import VOICES, Voice

LIBRARY = library.load()
WXOPEN = "/cgi-bin/wxopen/template"
JSON = "application/json; encoding=utf-8"
PATHS = {
    "titles": f"{WXOPEN}/library/list",
    "categories": "/wxaapi/newtmpl/getcategory",
    "quota": "/cgi-bin/openapi/quota/get",
    "send": "/cgi-bin/message/wxopen/template/send",
    "token": "/cgi-bin/stable_token",
}
BODIES: dict[str, dict[str, Any]] = {
    "list": {"offset": 0, "count": 20},
    "get": {"id": "AT0002"},
    "titles": {"offset": 0, "count": 20},
    "categories": {},
    "quota": {"cgi_path": f"{WXOPEN}/add"},
    "send": {},
    "token": {"grant_type": "client_credential", "appid": APPID, "secret": SECRET},
}
WHOLE = {
    "add": 0,
    "del": 40037,
    "list": 0,
    "get": 0,
    "titles": 0,
    "categories": 0,
    "quota": 0,
    "send": 40003,
    "token": None,
}
"""The errcode of each of these calls when nothing is broken."""


@dataclass
class Client:
    """One connection a call, and nothing done twice."""

    url: str
    voice: Voice = VOICES["wxopen"]
    token: str = field(default="", repr=False)
    adds: int = 0
    deaf: bool = False

    def overheard(self, name: str, **body: Any) -> bytes:
        """What a call that is made so gets, as it is sent."""
        self.deaf = True
        try:
            return self.call(name, **body)[2]
        finally:
            self.deaf = False

    def raw(self, method: str, path: str, body: object = None, timeout: float = 10) -> tuple[int, str, bytes]:
        connection = http.client.HTTPConnection(self.netloc, timeout=timeout)
        with contextlib.closing(connection):
            kind = {"Content-Type": "application/json"}
            connection.request(method, path, None if body is None else json.dumps(body), kind)
            if self.deaf:
                with connection.sock.makefile("rb") as stream:
                    return 0, "", stream.read()
            reply = connection.getresponse()
            return reply.status, reply.headers["content-type"], reply.read()

    @property
    def netloc(self) -> str:
        return urllib.parse.urlsplit(self.url).netloc

    def call(self, name: str, timeout: float = 10, **body: Any) -> tuple[int, str, bytes]:
        voice = self.voice
        own = {"add": voice.ADD, "del": voice.DEL, "list": voice.LIST, "get": voice.GET}
        method = "GET" if name == "categories" else voice.asks if name in ("list", "get") else "POST"
        path = f"{own.get(name) or PATHS[name]}?access_token={self.token}"
        if method == "GET":
            return self.raw(method, path, timeout=timeout)
        given = self._add() if name == "add" else {voice.id: "x"} if name == "del" else BODIES[name]
        return self.raw(method, path, {**given, **body}, timeout)

    def _add(self) -> dict[str, Any]:
        """An add of something else each time: `subscribe` notices a repeat."""
        self.adds += 1
        title = LIBRARY.by_id["AT0002"]
        chosen = [title.keywords[(self.adds + n) % 7] for n in range(2)]
        numbers = [one.keyword_id for one in chosen]
        bodies: dict[str, dict[str, Any]] = {
            "wxopen": {"id": "AT0002", "keyword_id_list": numbers},
            "subscribe": {"tid": "2", "kidList": numbers, "sceneDesc": "支付"},
            "official": {"template_id_short": "40002", "keyword_name_list": [one.name for one in chosen]},
        }
        return bodies[self.voice.dialect]

    def add(self) -> str:
        """The id of a new template."""
        return str(self.json("add")[self.voice.id])

    def delete(self, template_id: str) -> Any:
        """The reply to its delete."""
        return self.json("del", **{self.voice.id: template_id})

    def json(self, name: str, **body: Any) -> Any:
        status, kind, content = self.call(name, **body)
        assert (status, kind) == (200, JSON)
        return json.loads(content)

    def log_in(self) -> str:
        self.token = self.json("token")["access_token"]
        return self.token

    def own(self, method: str, path: str, body: object = None) -> Any:
        return json.loads(self.raw(method, f"/_sandbox/{path}", body)[2])

    def set(self, *faults: str) -> None:
        assert self.own("POST", "faults", {"faults": faults}) == {
            "errcode": 0,
            "errmsg": "ok",
            "faults": list(faults),
        }

    def templates(self) -> list[str]:
        return [each["template_id"] for each in self.own("GET", f"accounts/{APPID}")["templates"]]

    def listed(self, **body: Any) -> list[str]:
        return [each[self.voice.id] for each in self.json("list", **body)[self.voice.rows]]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with contextlib.closing(Store.memory()) as store, served(create_app(store, LIBRARY)) as url:
        yield url


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What needs a client is seen in all dialects, or in those that a mark names."""
    if "client" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("dialects")
        metafunc.parametrize("client", marker.args if marker else list(VOICES), indirect=True)


@pytest.fixture
def client(request: pytest.FixtureRequest, url: str, caplog: pytest.LogCaptureFixture) -> Iterator[Client]:
    """A client with a token, and an empty sandbox. The server has nothing to say about what is broken."""
    client = Client(url, VOICES[request.param])
    client.own("POST", "reset")
    client.log_in()
    yield client
    assert caplog.records == []


# ---------------------------------------------------------------- what is written


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("add@2=drop:after", Fault("add", "drop", after=True, first=2, last=2)),
        ("list=http-503", Fault("list", "http-503")),
        ("list=503", Fault("list", "http-503")),
        ("list@2-4=lag", Fault("list", "lag", first=2, last=4)),
        ("*@3-=45009", Fault("*", "45009", first=3)),
        ("send@1=-1", Fault("send", "-1", first=1, last=1)),
        ("token@1-=0040001", Fault("token", "40001")),
        ("*=dead-token", Fault("*", "dead-token")),
    ],
)
def test_a_fault_is_read(text: str, fault: Fault) -> None:
    assert parse(text) == fault


SHAPE = "a fault is written CALL[@N|@N-|@N-M]=KIND[:after], such as add@2=drop:after"
NO_KIND = (
    "; the kinds are drop, hang, http-NNN, html, cut, empty, bad-status, bad-http, bad-header, lengths, "
    "bad-length, bad-chunk, empty-list, lag, forms, dead-token, ERRCODE"
    " (NNN from 400 to 599, ERRCODE any integer)"
)
NO_CALL = "; the calls are add, del, list, get, titles, categories, quota, send, token, * (any)"
NO_TURNS = " says no calls; write @2 (the second), @2- (from it on) or @2-4"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", f": {SHAPE}"),
        ("add", f"add: {SHAPE}"),
        ("add@1@2=drop", "add@1@2=drop: @1@2" + NO_TURNS),
        ("=drop", "=drop: there is no call ''" + NO_CALL),
        ("ADD=drop", "ADD=drop: there is no call 'ADD'" + NO_CALL),
        ("add =drop", "add =drop: there is no call 'add '" + NO_CALL),
        ("add@=drop", "add@=drop: @" + NO_TURNS),
        ("add@0=drop", "add@0=drop: @0" + NO_TURNS),
        ("add@-2=drop", "add@-2=drop: @-2" + NO_TURNS),
        ("add@٢=drop", "add@٢=drop: @٢" + NO_TURNS),
        ("add@4-2=drop", "add@4-2=drop: @4-2 ends before it begins; write @2-4"),
        ("add=", "add=: there is no kind ''" + NO_KIND),
        ("add=dropp", "add=dropp: there is no kind 'dropp'" + NO_KIND),
        ("add=http-NNN", "add=http-NNN: there is no kind 'http-NNN'" + NO_KIND),
        ("add=http-200", "add=http-200: there is no kind 'http-200'" + NO_KIND),
        ("add=http-600", "add=http-600: there is no kind 'http-600'" + NO_KIND),
        ("add=1.5", "add=1.5: there is no kind '1.5'" + NO_KIND),
        ("add=drop=drop", "add=drop=drop: there is no kind 'drop=drop'" + NO_KIND),
        ("add=drop:", "add=drop:: only :after may follow a kind, not :"),
        ("add=drop:before", "add=drop:before: only :after may follow a kind, not :before"),
        ("add=lag", "add=lag: lag is only for list"),
        ("titles=empty-list", "titles=empty-list: empty-list is only for list"),
        (
            "token=dead-token",
            "token=dead-token: dead-token is only for add, del, list, get, titles, categories, quota, send",
        ),
    ],
)
def test_what_is_no_fault_says_what_is_possible(text: str, message: str) -> None:
    with pytest.raises(FaultError) as caught:
        parse(text)
    assert str(caught.value) == message
    assert isinstance(caught.value, ValueError)


def faults() -> st.SearchStrategy[Fault]:
    plain = st.sampled_from(sorted(set(KINDS) - {"http-NNN", "ERRCODE"}))
    status = st.integers(400, 599).map("http-{}".format)
    errcode = st.integers(-999_999_999, 999_999_999).filter(lambda n: not 400 <= n <= 599).map(str)
    first = st.integers(1, 999_999)

    def fault(call: str, kind: str, after: bool, first: int, more: int | None) -> Fault:
        return Fault(call, kind, after, first, None if more is None else first + more)

    every = st.builds(
        fault,
        st.sampled_from([*CALLS, ANY]),
        plain | status | errcode,
        st.booleans(),
        first | st.just(1),
        st.none() | st.integers(0, 99),
    )
    return every.filter(lambda one: any(one.fits(call) for call in CALLS))


@given(faults())
def test_what_is_written_is_read_back(fault: Fault) -> None:
    assert parse(str(fault)) == fault


@given(st.text(alphabet="adlist@*=-0123:efrop ") | st.text())
def test_any_text_is_a_fault_or_an_error_that_repeats_it(text: str) -> None:
    try:
        fault = parse(text)
    except FaultError as error:
        said = str(error)
    else:
        said = f"{text}: fine"
        assert parse(str(fault)) == fault
    assert said.startswith(f"{text}: ")


# ---------------------------------------------------------------- every kind


def page(status: int) -> tuple[int, str, bytes]:
    title = f"{status} from the proxy"
    text = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    return status, "text/html; charset=utf-8", text.encode()


READ = {"http-503": page(503), "http-418": page(418), "html": page(200), "empty": (200, JSON, b"")}
CODES = {"45026": 45026, "-1": -1, "0": 0, "dead-token": 40001}
RID = re.compile(r" rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$")


START = {
    "bad-status": b"HTTP/1.1 2OO OK\r\n",
    "bad-http": b"HTTP/9.9 200 OK\r\n",
    "bad-header": b"\r\nX-Gateway: a\0b\r\n",
    "lengths": b"\r\nContent-Length: ",
    "bad-length": b"\r\nContent-Length: -2\r\n",
    "bad-chunk": b"\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{",
}


def broken(client: Client, call: str, kind: str, **body: Any) -> None:
    """Calls, and sees what the kind says that a client sees."""
    if kind == "drop":
        with pytest.raises(http.client.RemoteDisconnected):
            client.call(call, **body)
    elif kind == "hang":
        with pytest.raises(TimeoutError):
            client.call(call, timeout=0.1, **body)
    elif kind == "cut":
        with pytest.raises(http.client.IncompleteRead) as caught:
            client.call(call, **body)
        part, rest = caught.value.partial, caught.value.expected or 0
        assert part.startswith(b'{"')
        assert len(part) in (rest, rest - 1)
    elif kind in GARBLED:
        assert START[kind] in client.overheard(call, **body)
    elif kind in READ:
        assert client.call(call, **body) == READ[kind]
    else:
        reply = client.json(call, **body)
        assert [key for key in reply if key != "rid"] == ["errcode", "errmsg"]
        assert reply["errcode"] == CODES[kind]
        assert RID.search(reply["errmsg"])


EVERY = ["drop", "hang", "cut", *GARBLED, *READ, *CODES]


def test_every_kind_is_tried_here() -> None:
    tried = {re.sub(r"^http-.*", "http-NNN", re.sub(r"^-?\d+$", "ERRCODE", kind)) for kind in EVERY}
    assert tried | {"lag", "empty-list", "forms"} == set(KINDS)


@pytest.mark.parametrize("position", ["", ":after"])
@pytest.mark.parametrize("kind", EVERY)
def test_an_add_is_carried_out_only_after(client: Client, kind: str, position: str) -> None:
    client.set(f"add@2={kind}{position}")
    first = client.add()
    broken(client, "add", kind)
    added = client.templates()
    assert added[0] == first
    assert len(added) == (2 if position else 1)
    client.log_in()  # which only a dead token needs
    third = client.add()
    assert client.templates() == [*added, third]


@pytest.mark.parametrize("position", ["", ":after"])
@pytest.mark.parametrize("kind", EVERY)
def test_a_delete_is_carried_out_only_after(client: Client, kind: str, position: str) -> None:
    template_id = client.add()
    client.set(f"del={kind}{position}")
    broken(client, "del", kind, **{client.voice.id: template_id})
    assert client.templates() == ([] if position else [template_id])


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("-1", "system error"),
        ("40001", "invalid credential, access_token is invalid or not latest"),
        ("dead-token", "invalid credential, access_token is invalid or not latest"),
        ("40037", "invalid template_id"),
        ("40164", "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist"),
        ("42001", "access_token expired"),
        ("45009", "reach max api daily quota limit"),
        ("45011", "api minute-quota reach limit  must slower  retry next minute"),
        ("45026", "template num exceeds limit"),
        ("47003", "argument invalid! data.thing1.value invalid"),
        ("48001", "api unauthorized"),
        ("200014", "tid does not exist"),
        ("200022", "template has added already"),
        ("123456", "unknown error"),
    ],
)
def test_an_injected_code_speaks_as_wechat_does(client: Client, kind: str, text: str) -> None:
    client.set(f"list@1={kind}")
    reply = client.json("list")
    assert RID.sub("", reply["errmsg"]) == text
    assert reply.get("rid", "") in reply["errmsg"]
    if client.voice.dialect == "subscribe":
        assert reply["errmsg"].endswith(f" rid: {reply['rid']}")


def test_a_cut_reply_is_the_first_half_of_the_real_one(client: Client) -> None:
    client.json("add")
    whole = client.call("list")[2]
    client.set("list=cut:after")
    with pytest.raises(http.client.IncompleteRead) as caught:
        client.call("list")
    assert caught.value.partial == whole[: len(whole) // 2]


def test_a_dead_token_stays_dead_and_the_next_one_is_new(client: Client) -> None:
    dead = client.token
    client.set("list@1=dead-token")
    assert client.json("list")["errcode"] == 40001
    assert client.json("list")["errcode"] == 40001
    assert client.log_in() != dead
    assert client.listed() == []


@pytest.mark.dialects("wxopen")
def test_a_classic_token_dies_too(client: Client) -> None:
    path = "/cgi-bin/token?" + urllib.parse.urlencode(BODIES["token"])
    client.token = json.loads(client.raw("GET", path)[2])["access_token"]
    client.set("get@1=dead-token")
    assert [client.json("get")["errcode"] for _ in range(2)] == [40001, 40001]
    client.token = json.loads(client.raw("GET", path)[2])["access_token"]
    assert client.json("get")["errcode"] == 0


def test_a_dead_token_counts_as_forced_as_before(client: Client) -> None:
    """A revoked token must not make room in the day's quota of forced ones."""
    client.token = client.json("token", force_refresh=True)["access_token"]
    client.set("list=dead-token")
    assert client.json("list")["errcode"] == 40001
    assert client.json("token", force_refresh=True)["errcode"] == 45011


# ---------------------------------------------------------------- lists


def _success(client: Client) -> dict[str, Any]:
    return {} if client.voice.dialect == "official" else {"errcode": 0, "errmsg": "ok"}


@pytest.mark.parametrize("position", ["", ":after"])
def test_an_empty_list_is_a_success_with_nothing_in_it(client: Client, position: str) -> None:
    template_id = client.add()
    client.set(f"list@1=empty-list{position}")
    assert client.json("list") == {**client.voice.listing(), **_success(client)}
    assert client.listed() == [template_id]


@pytest.mark.parametrize("position", ["", ":after"])
def test_a_lagging_list_shows_the_account_as_it_was_when_the_fault_was_set(
    client: Client, position: str
) -> None:
    assert client.listed() == []
    kept, deleted = (client.add() for _ in range(2))
    client.set(f"list@1-2=lag{position}")
    added = client.add()
    assert client.delete(deleted)["errcode"] == 0
    assert client.listed() == [kept, deleted]
    assert client.listed() == [kept, deleted]
    assert client.listed() == [kept, added]


def test_a_lagging_list_shows_what_the_last_undisturbed_one_showed(client: Client) -> None:
    client.set("list@3=lag", "list@2=empty-list", "list@5-=lag")
    first = client.add()
    assert client.listed() == [first]
    second = client.add()
    assert client.listed() == []  # disturbed
    assert client.listed() == [first]
    assert client.listed() == [first, second]
    client.json("add")
    assert client.listed() == [first, second]


@pytest.mark.dialects("wxopen")
def test_a_refused_list_shows_nothing_to_remember(client: Client) -> None:
    client.set("list@2=lag")
    client.json("add")
    assert client.json("list", count=21)["errcode"] == 40097
    assert client.listed() == []


@pytest.mark.dialects("wxopen")
def test_a_lagging_list_has_pages(client: Client) -> None:
    ids = [client.add() for _ in range(23)]
    client.set("list=lag")
    for template_id in ids[:5]:
        client.delete(template_id)
    assert client.listed() == ids[:20]
    assert client.listed(offset=20) == ids[20:]
    assert client.listed(offset=22, count=5) == ids[22:]


@pytest.mark.dialects("wxopen")
@pytest.mark.parametrize("kind", ["lag", "empty-list"])
def test_a_list_that_is_told_still_refuses_what_is_wrong(client: Client, kind: str) -> None:
    client.set(f"list={kind}")
    assert client.json("list", count=21)["errcode"] == 40097
    client.token = "nonsense"
    assert client.json("list")["errcode"] == 40001


def test_a_lagging_list_hides_nothing_from_other_calls(client: Client) -> None:
    client.set("*=lag")
    ids = [client.add() for _ in range(25)]
    assert client.listed() == []
    assert client.json("add")["errcode"] == client.voice.full
    assert client.templates() == ids


@pytest.mark.dialects("subscribe")
def test_a_gateway_that_takes_only_forms(client: Client) -> None:
    client.set("*=forms")
    assert client.json("add")["errcode"] == 200014
    query = {"access_token": client.token}
    form = {"tid": "2", "kidList[0]": "3", "kidList[1]": "4", "sceneDesc": "支付"}
    added = httpx.post(f"{client.url}{client.voice.ADD}", params=query, data=form, trust_env=False).json()
    assert client.listed() == [added["priTmplId"]]
    gone = {"priTmplId": added["priTmplId"]}
    assert client.delete(added["priTmplId"])["errcode"] == 200014
    httpx.post(f"{client.url}{client.voice.DEL}", params=query, data=gone, trust_env=False)
    assert client.listed() == []


# ---------------------------------------------------------------- which call, which turn


@pytest.mark.dialects("wxopen")
@pytest.mark.parametrize("name", CALLS)
def test_a_fault_breaks_the_call_that_it_names(client: Client, name: str) -> None:
    client.set(f"{name}=-7")
    found = {call: client.json(call).get("errcode") for call in CALLS}
    assert found == {**WHOLE, name: -7}


@pytest.mark.dialects("wxopen")
def test_any_call_may_be_meant(client: Client) -> None:
    client.set("*=-7")
    assert {client.json(call)["errcode"] for call in CALLS} == {-7}
    assert json.loads(client.raw("GET", "/cgi-bin/token?appid=x")[2])["errcode"] == -7


@pytest.mark.dialects("wxopen")
def test_both_token_endpoints_are_counted_as_one_call(client: Client) -> None:
    client.set("token@2=-7")
    path = "/cgi-bin/token?" + urllib.parse.urlencode(BODIES["token"])
    assert "access_token" in client.json("token")
    assert json.loads(client.raw("GET", path)[2])["errcode"] == -7


def test_any_means_the_calls_that_the_kind_fits(client: Client) -> None:
    client.set("*@2=empty-list", "*@3=dead-token")
    client.json("add")
    assert len(client.listed()) == 1
    assert "access_token" in client.json("token")
    assert client.listed() == []
    client.log_in()
    assert len(client.listed()) == 1


@pytest.mark.dialects("wxopen")
@pytest.mark.parametrize(
    ("turns", "codes"),
    [
        ("", [-7, -7, -7, -7, -7]),
        ("@2", [0, -7, 0, 0, 0]),
        ("@3-", [0, 0, -7, -7, -7]),
        ("@2-4", [0, -7, -7, -7, 0]),
    ],
)
def test_turns_are_counted_from_one(client: Client, turns: str, codes: list[int]) -> None:
    client.set(f"get{turns}=-7")
    found = []
    for _ in codes:
        found.append(client.json("get")["errcode"])
        assert client.json("titles")["errcode"] == 0  # counted by nobody
    assert found == codes


@pytest.mark.dialects("wxopen")
def test_the_first_given_wins_and_every_fault_counts(client: Client) -> None:
    client.set("get@2=45009", "get@1-2=-1", "*@3=-2", "get@3-4=-3")
    assert [client.json("get")["errcode"] for _ in range(5)] == [-1, 45009, -2, -3, 0]


@pytest.mark.dialects("wxopen")
def test_refused_calls_count(client: Client) -> None:
    client.set("get@2=-7")
    assert client.json("get", id="AT9999999")["errcode"] == 45100
    assert client.json("get")["errcode"] == -7


# ---------------------------------------------------------------- setting them


@pytest.mark.dialects("wxopen")
def test_setting_replaces_and_counts_anew(client: Client) -> None:
    client.set("get@2=-7")
    assert client.json("get")["errcode"] == 0
    client.set("get@2=-8")
    assert [client.json("get")["errcode"] for _ in range(3)] == [0, -8, 0]
    client.set("get=-7")
    client.set()
    assert client.json("get")["errcode"] == 0


@pytest.mark.dialects("wxopen")
def test_faults_are_told_back_in_their_short_form(client: Client) -> None:
    reply = client.own("POST", "faults", {"faults": ["add@1-=503", "list@2-2=lag"]})
    assert reply == {"errcode": 0, "errmsg": "ok", "faults": ["add=http-503", "list@2=lag"]}


NO_LIST = "faults must be a list of strings such as add@2=drop:after"


@pytest.mark.dialects("wxopen")
@pytest.mark.parametrize(
    ("body", "what"),
    [
        ({}, NO_LIST),
        ({"faults": "add=drop"}, NO_LIST),
        ({"faults": [7]}, NO_LIST),
        ({"faults": ["get=-8", "add=lag"]}, "add=lag: lag is only for list"),
    ],
)
def test_bad_faults_are_refused_and_change_nothing(client: Client, body: object, what: str) -> None:
    client.set("get=-7")
    reply = client.own("POST", "faults", body)
    assert (reply["errcode"], RID.sub("", reply["errmsg"])) == (40097, f"invalid args: {what}")
    assert client.json("get")["errcode"] == -7


@pytest.mark.dialects("wxopen")
def test_the_sandboxs_own_calls_are_never_broken_and_reset_mends(client: Client) -> None:
    client.set("*=drop")
    assert client.own("GET", f"accounts/{APPID}")["templates"] == []
    assert client.own("POST", "clock", {"advance": 1})["errcode"] == 0
    assert "form_id" in client.own("POST", "forms", {"touser": "o1"})
    assert client.own("POST", "reset") == {"errcode": 0, "errmsg": "ok"}
    client.log_in()
    assert client.listed() == []


def test_faults_may_be_set_from_python_too() -> None:
    holder = Faults([parse("list=-7")])
    with (
        contextlib.closing(Store.memory()) as store,
        served(create_app(store, LIBRARY, faults=holder)) as url,
    ):
        client = Client(url)
        client.log_in()
        assert client.json("list")["errcode"] == -7
        template_id = client.add()
        holder.set([parse("list=lag")])
        client.json("add")
        assert client.listed() == [template_id]


# ---------------------------------------------------------------- the server


def test_a_server_with_hanging_calls_stops_quietly(caplog: pytest.LogCaptureFixture) -> None:
    """No reply ever comes; the end of the server ends the connection. It would log that it had to cancel."""
    request = "POST {}?access_token={} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{}"  # fmt: skip
    with contextlib.ExitStack() as stack, contextlib.closing(Store.memory()) as store:
        client = Client(stack.enter_context(served(create_app(store, LIBRARY))))
        client.log_in()
        client.set("add=hang:after")
        host, port = client.netloc.split(":")
        body = json.dumps({"id": "AT0002", "keyword_id_list": [3]})
        with contextlib.closing(socket.create_connection((host, int(port)), timeout=10)) as connection:
            connection.sendall(request.format(VOICES["wxopen"].ADD, client.token, len(body), body).encode())
            while not client.templates():
                pass
            stack.close()
            assert connection.recv(1) == b""
    assert caplog.records == []


@pytest.mark.parametrize("kind", ["drop", "hang", "cut", *GARBLED])
def test_another_server_cannot_break_connections_and_says_so(kind: str) -> None:
    import asyncio

    async def ask() -> None:
        with contextlib.closing(Store.memory()) as store:
            app = create_app(store, LIBRARY, faults=Faults([parse(f"list={kind}")]))
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as http:
                await http.post(VOICES["wxopen"].LIST, json=BODIES["list"])

    with pytest.raises(RuntimeError) as caught:
        asyncio.run(ask())
    assert str(caught.value) == (f"{kind} needs the sandbox's own server: serve the app with sandbox.server")


# ---------------------------------------------------------------- the command line and the words about it

ROOT = Path(__file__).parents[2]


def test_the_help_lists_every_kind_and_call(reconciler: CommandLine) -> None:
    text = reconciler("sandbox", "serve", "--help").out
    kinds = text.partition("KIND is\n")[2].partition("\n\n")[0]
    assert [line.strip() for line in kinds.splitlines()] == [
        f"{kind:10}  {says}" for kind, says in KINDS.items()
    ]
    calls = text.partition("CALL is ")[2].partition(";")[0]
    assert re.findall(r"\w+|\*", re.sub(r"\(.*?\)", "", calls)) == [*CALLS, "or", ANY, "for", "any"]
    example = "  reconciler sandbox serve --fault add@2=drop:after --fault list@2-4=lag\n"
    assert example in text


@pytest.mark.parametrize("words", [["--fault", "addd=drop"], ["--fault=list=lag", "--fault=addd=drop"]])
@pytest.mark.parametrize("before", [True, False])
def test_a_bad_fault_is_wrong_usage(reconciler: CommandLine, words: list[str], before: bool) -> None:
    result = reconciler(*(["sandbox", *words, "serve"] if before else ["sandbox", "serve", *words]))
    assert (result.code, result.out) == (64, "")
    assert result.err == (
        f"error: Invalid value for '--fault': addd=drop: there is no call 'addd'{NO_CALL}\n"
        "    see: reconciler sandbox serve --help\n"
    )


def test_faults_and_the_limit_come_from_the_environment_too() -> None:
    command = [sys.executable, "-m", "reconciler", "sandbox", "serve", "--port", "0", "--format", "json"]
    environment = {**os.environ, "RECONCILER_FAULT": "get@1=-7 titles=drop", "RECONCILER_LIMIT": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        text = ""
        while process.poll() is None and not text.endswith("}\n"):
            text += process.stdout.readline()
        client = Client(json.loads(text)["endpoint"])
        client.log_in()
        assert [client.json("get")["errcode"] for _ in range(2)] == [-7, 0]
        with pytest.raises(http.client.RemoteDisconnected):
            client.call("titles")
        assert [client.json("add")["errcode"] for _ in range(2)] == [0, 45026]
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, "", "")


@pytest.mark.parametrize("limit", ["0", "-1", "x", ""])
def test_a_bad_limit_is_wrong_usage(reconciler: CommandLine, limit: str) -> None:
    assert reconciler("sandbox", "serve", "--limit", limit).code == 64
