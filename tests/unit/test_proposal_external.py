"""What external checks said about a call, by call id; a call that they never saw is refused."""

from tollgate.proposal.external import External
from tollgate.screening.case import RUN, ask


def test_word_about_a_call_is_that_calls_alone() -> None:
    """By id, the fallback's apart."""
    doubt = ask("external_check:words", "who is that?")
    heard = External({"c0": (("external_check:words", RUN),), "c0f": (("external_check:words", doubt),)}, ())
    assert heard.of("c0") == (("external_check:words", RUN),)
    assert heard.of("c0f") == (("external_check:words", doubt),)


def test_call_that_was_never_shown_to_a_check_has_its_refusal() -> None:
    """A gap in our own bookkeeping is no consent either."""
    heard = External({"c0": ()}, ("external_check:words", "external_check:rails"))
    assert heard.of("c0") == ()
    assert [(rule, said.verdict) for rule, said in heard.of("c1")] == [
        ("external_check:words", "refuse"),
        ("external_check:rails", "refuse"),
    ]
