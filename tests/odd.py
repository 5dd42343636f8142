"""Documents like templates.yaml, with values of every kind in every place."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        0,
        1,
        2,
        3.5,
        -1,
        "",
        " ",
        "1",
        "x",
        "甲",
        "wxopen",
        "all",
        "0d",
        "7d",
        "36h",
        "999999d",
        "1000000d",
        "07d",
        "7 d",
        "7D",
        "-7d",
        "a\nb",
        [],
        {},
        ["甲"],
    ]
)


KEYWORD = st.one_of(
    st.sampled_from(["甲", "乙", "丙"]),
    ODD,
    st.fixed_dictionaries(
        {}, optional={"name": st.sampled_from(["甲", "丁"]) | ODD, "keyword_id": ODD, "x": ODD}
    ),
)


TEMPLATE = st.one_of(
    ODD,
    st.fixed_dictionaries(
        {},
        optional={
            "id": st.sampled_from(["AT1", "AT2", "401"]) | ODD,
            "scene": st.sampled_from(["支付", "一二三四五六七八九十一二三四五六"]) | ODD,
            "title": ODD,
            "keywords": st.lists(KEYWORD, max_size=12) | ODD,
            "protect": st.booleans() | ODD,
            "x": ODD,
        },
    ),
)


ACCOUNT = st.one_of(
    ODD,
    st.fixed_dictionaries(
        {},
        optional={
            "appid": st.sampled_from(["wx1", "wx2", "wx 3"]) | ODD,
            "protect": st.booleans() | ODD,
            "templates": st.lists(st.sampled_from(["a", "b_1"]) | ODD, max_size=3) | ODD,
            "x": ODD,
        },
    ),
)


GROUP = st.lists(st.sampled_from(["a", "b_1"]) | ODD, max_size=3) | ODD


DOCUMENT = st.fixed_dictionaries(
    {"version": st.just(1) | ODD},
    optional={
        "dialect": st.sampled_from(["subscribe", "official"]) | ODD,
        "prune": ODD,
        "max_deletes": ODD,
        "retire_after": ODD,
        "accounts": st.dictionaries(st.sampled_from(["a", "b-1", "b_1", "B"]), ACCOUNT, max_size=3) | ODD,
        "accounts_file": st.sampled_from(["a.yaml", "x/a.yaml", "../a", "/a", "~a", "c:a", "a/../b", "a..b"])
        | ODD,
        "groups": st.dictionaries(st.sampled_from(["g", "b_1", "b-1"]), GROUP, max_size=3) | ODD,
        "templates": st.dictionaries(st.sampled_from(["a", "b_1", "B", "1"]), TEMPLATE, max_size=3) | ODD,
        "unwanted": st.lists(st.sampled_from(["A" * 43, "w" * 42 + "8", "A" * 42 + "B"]) | ODD, max_size=3)
        | ODD,
        "x": ODD,
        "x-y": ODD,
    },
)
