"""Rule `answer_link`: every way to write a link that some program follows, and all that may vouch for its host."""

import pytest
from tollgate.answer.rules.answer_link import object_to
from tollgate.screening.case import PastCall

from tests.unit.answer_cases import case
from tests.unit.screening_cases import SERVICE

LINKS = {
    "plain": "see https://evil.com/a?b=secret",
    "http": "http://evil.com",
    "upper case": "HTTPS://EVIL.COM/",
    "markdown": "[here](https://evil.com/a)",
    "markdown image": "![x](https://evil.com/a.png?d=1)",
    "markdown in angles": "[x](<https://evil.com/a b>)",
    "autolink": "<https://evil.com>",
    "reference style": "[x][1]\n\n[1]: https://evil.com/a",
    "reference without scheme": "[1]: //evil.com/a",
    "protocol relative": "![x](//evil.com/a)",
    "backslashes": r"[x](\\evil.com/a)",
    "scheme with backslashes": r"https:\\evil.com",
    "mixed slashes": r"https:/\evil.com",
    "scheme without slashes": "https:evil.com/a",
    "scheme with one slash": "https:/evil.com/a",
    "html": '<a href="https://evil.com">x</a>',
    "html image": "<img src=//evil.com/x.png>",
    "html entities": "https&#58;&#47;&#47;evil&#46;com/a",
    "percent escapes": "https://evil%2Ecom/a",
    "protocol relative with escapes": "//evil%2ecom/a",
    "bare host": "write to evil.com please",
    "bare host behind a colon": "Website:evil.com",
    "bare host in emphasis": "_evil.com_ and **x**",
    "bare host of an odd domain": "go to pay.plumbing",
    "www": "www.evil.com",
    "subdomain that carries data": "aGVsbG8.evil.com",
    "bare host with a port": "evil.com:8443/a",
    "script": "javascript:alert(1)",
    "script with a host": "javascript://acme.org/%0aalert(1)",
    "script in capitals": "JavaScript : alert(1)",
    "data": "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "data without a type": "data:,hello",
    "other scheme": "ftp://acme.org/file",
    "file": "file:///etc/passwd",
    "user before the host": "https://acme.org@evil.com/",
    "user and password": "https://acme.org:x@evil.com/",
    "user in a relative link": "//acme.org@evil.com",
    "backslash before a user": r"https://acme.org\@evil.com",
    "backslash before a user in a relative link": r"//acme.org\@evil.com",
    "trusted name as a prefix": "https://acme.org.evil.com/",
    "trusted name as a suffix": "https://evilacme.org/",
    "trusted host in the path": "https://evil.com/acme.org",
    "link inside a trusted link": "https://acme.org/?next=https://evil.com",
    "escaped link inside a trusted link": "https://acme.org/?next=https%3A%2F%2Fevil.com",
    "punycode": "https://xn--80ak6aa92e.com/",
    "look-alike letters": "https://аcme.org/",  # noqa: RUF001 - the first letter is Cyrillic
    "full width": "https://ｅｖｉｌ．com/",  # noqa: RUF001
    "ideographic full stop": "https://evil。com/a",
    "zero width": "https://ev\u200bil.com/",
    "zero width in the scheme": "htt\u200bps://evil.com/",
    "address": "http://203.0.113.9/a",
    "address with a port and no scheme": "203.0.113.9:8080",
    "number as an address": "http://3405803785/",
    "six": "http://[2001:db8::1]/a",
    "one label": "https://intranet/a",
    "unicode host": "https://bücher.example.net/",
}


@pytest.mark.parametrize("text", LINKS.values(), ids=LINKS.keys())
def test_link_that_nobody_named_is_refused(text: str) -> None:
    """Whatever way it is written, with one trusted host around to hide behind."""
    found = list(object_to(case({"note": text}, asked="Use https://acme.org/ only.")))
    assert [(one.rule, one.at) for one in found] == [("answer_link", "/note")]


HONEST = [
    "Posted 250.00 EUR to V-100, see attachment invoice.xml and page.pdf",
    "The total is 1.234,50; version 1.2.3; section 3.2",
    "Compared //cac:Invoice/cbc:ID with //Order",
    "paths /a/b, C:/temp and and/or",
    "10:30, ratio 3:4, key: value, e.g. this; i.e. that; z.B. jenes",
    "https://acme.org/a and https://www.acme.org/b, (https://acme.org/c), **https://acme.org**, acme.org.",
    "<https://acme.org/x|the page>",
    "data: none, Data:foo,bar",
    "3.000 items, invoice.amount and vendor_id.value",
    "bob@acme.org",
    "host 10.0.0.1 answered",
    "done.",
    "",
]


@pytest.mark.parametrize("text", HONEST)
def test_honest_text_is_not_refused(text: str) -> None:
    """Numbers, files, times, addresses, paths, and links to the host that was named."""
    assert list(object_to(case({"note": text}, asked="Use https://acme.org/ only."))) == []


def test_every_place_of_an_answer_is_looked_at() -> None:
    """Lists, deep objects and keys; each place once."""
    answer = {"a": [1, {"b": "https://evil.com"}], "https://evil.com": None, "c": True}
    assert [one.at for one in object_to(case(answer))] == ["/a/1/b", ""]


def test_host_in_the_agents_instructions_may_be_linked() -> None:
    """The agent's author vouches."""
    assert not list(object_to(case("https://docs.acme.org/x", instructions="Point people to docs.acme.org.")))


def test_host_in_the_agents_file_may_be_linked() -> None:
    """`answer.hosts` vouches, for itself and not for what is below it."""
    assert not list(object_to(case("https://acme.org/x", hosts=["acme.org"])))
    assert list(object_to(case("https://evil.acme.org/x", hosts=["acme.org"])))


def test_host_that_only_a_document_names_is_refused() -> None:
    """An invoice may link where it likes; the answer does not pass it on."""
    assert list(object_to(case("https://evil.com", documents={"invoice": "see https://evil.com"})))


def test_host_that_a_service_names_is_refused() -> None:
    """A service's text never vouches."""
    assert list(object_to(case("https://acme.org", asked="https://acme.org", principal=SERVICE)))


def test_host_in_a_trusted_field_of_a_vouched_lookup_may_be_linked() -> None:
    """And the same value in another field, or of a look-up that nobody vouched for, may not."""
    page = {"vendor": {"id": "shop.acme.org", "iban": None, "name": "evil.com"}}
    looked = PastCall("lookup_vendor", {"vendor_id": "V-100"}, page)
    assert not list(object_to(case("https://shop.acme.org/", asked="Look at vendor V-100", history=[looked])))
    assert list(object_to(case("https://evil.com/", asked="Look at vendor V-100", history=[looked])))
    assert list(object_to(case("https://shop.acme.org/", asked="Look around", history=[looked])))


def test_agent_that_allows_links_may_link() -> None:
    """The setting is the agent's."""
    assert not list(object_to(case("https://evil.com", links="allow")))


def test_objection_does_not_repeat_the_link() -> None:
    """A host may carry what must not leave."""
    [found] = object_to(case({"note": "https://sk-live-1.evil.com"}))
    assert "evil" not in found.as_text()
