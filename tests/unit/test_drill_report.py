"""The drills' page."""

from html.parser import HTMLParser

from local.drills.report import html
from local.drills.row import Row

HELD = Row("loops", "proposes the same read for ever", "loops end", "limit_reached: loop", 1_234, 5, 4, 1.25, True)
FELL = Row(
    "near_loop",
    "proposes <b>reads</b>",
    "its limits",
    "stopped",
    9_999,
    41,
    40,
    12.0,
    False,
    "lower limits.steps (now 200) & more",
)
NOT_HERE = Row(
    "effects", "an effect is killed", "on_retry", "does not apply: the agent has no effect", 0, 0, 0, 0.0, None
)


class Page(HTMLParser):
    """The table's rows as lists of cell texts, every tag closed, and whatever would be fetched from elsewhere."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.open: list[str] = []
        self.fetched: list[str] = []
        self.text = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag == "meta":
            return
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += f"{data} "


def test_what_was_not_contained_comes_first_with_what_to_change() -> None:
    """A row of figures, then the advice over the whole width."""
    page = Page(html("payer", [HELD, FELL, NOT_HERE]))
    assert [len(row) for row in page.rows] == [7, 7, 1, 7, 7]
    bad, advice, good, absent = page.rows[1:]
    assert bad[0].startswith("proposes <b>reads</b>")
    assert [cell.strip() for cell in bad[2:]] == ["41", "40", "9,999", "12.0", "NOT CONTAINED"]
    assert advice == ["lower limits.steps (now 200) & more "]
    assert (good[1], good[-1]) == ("loops end limit_reached: loop ", "contained ")
    assert [cell.strip() for cell in absent[2:]] == ["-", "-", "-", "-", "does not apply"]
    assert "1 not contained" in page.text
    assert "3 drills, 11,233 tokens, 46 model calls" in page.text


def test_a_page_where_all_held_says_so_and_fetches_nothing() -> None:
    """It can be mailed and kept: style and text are all in it."""
    page = Page(html("payer", [HELD]))
    assert "every failure was contained" in page.text
    assert page.fetched == []


def test_names_from_definitions_are_text() -> None:
    """An agent's name or an advice cannot become markup."""
    assert "<script" not in html("<script>x</script>", [FELL])
