"""Job postings of made-up companies, and rows of made-up boards, for properties of jobs."""

from __future__ import annotations

from hypothesis import strategies as st

from support.examples import examples

MANY = examples(300)

FRAGMENTS = (
    *(
        "Remote",
        "(remote)",
        "hybrid",
        "on-site",
        "On Site",
        "in office",
        "100%",
        "fully",
        "anywhere",
        "or",
        "all",
        ", Germany",
        ", DE",
        "(Senior)",
    ),
    *(
        "genders",
        "m/w/d",
        "(f/m/x)",
        "H/F",
        "gn",
        "Sr.",
        "jr",
        "II",
        "iii",
        "GmbH",
        "Inc.",
        "& Co. KG",
        "S.p.A.",
    ),
    *(
        "A/S",
        "B.V.",
        "the",
        "and",
        "O'Neill",
        "C++",
        "#1",
        " - ",
        " – ",
        "|",
        ",",
        "(",
        ")",
        "[",
        "/",
        ".",
        "-",
        "_",
    ),
    *(
        "<b>",
        "&amp;",
        "<!--",
        "&lt;",
        "*",
        "`",
        "```",
        "# ",
        "1. ",
        "\n",
        "\u0345",
        "ﬃ",
        "İ",
        "$55k",
        "EUR",
        "a year",
    ),
)


words = st.text(max_size=40) | st.builds(
    str.join,
    st.sampled_from(("", " ")),
    st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=3), max_size=7),
)
