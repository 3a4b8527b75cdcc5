"""Call limits that bound nothing, name nothing, or can never be met are refused where they stand."""

import zoneinfo
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tollgate.screening import time_zones

from tests.unit.definition_files import AGENT, FIND, PAY, agent, found, tool

FORMS = "a number above 0, or one by currency: `{EUR: 5000}`"
NOTHING = "error: the limits of `pay` bound nothing. write: `ceiling`, `hours` or `rate`, or no entry"
OFFICE = "open: [{opens: 08:00, closes: 18:00}]"


def said(root: Path, limits: str, pay: str = PAY) -> list[str]:
    agent(root, AGENT + f"call_limits: {limits}\n")
    tool(root, FIND)
    tool(root, pay)
    return [problem.removeprefix("agents/clerk/agent.yaml:12: ") for problem in found(root)]


@pytest.mark.parametrize(
    "limits",
    [
        "{pay: {ceiling: {amount: {EUR: 500, USD: 550.5}}}}",
        "{pay: {hours: {time_zone: UTC, open: [{opens: 22:00, closes: 04:00}]}}}",
        "{pay: {hours: {time_zone: America/New_York, open: [{opens: 00:00, closes: '24:00', days: [sat, sun]}]}}}",
        "{pay: {rate: {calls: 1000, per_seconds: 2678400}}}",
        "{find: {rate: {calls: 1, per_seconds: 1}}}",
        f"{{pay: {{ceiling: {{amount: {{EUR: 5}}}}, hours: {{time_zone: UTC, {OFFICE}}}, ask: [ceiling, hours]}}}}",
    ],
)
def test_limits_that_can_be_held_are_taken(tmp_path: Path, limits: str) -> None:
    """Reads may have limits too, and times need no quotes."""
    assert said(tmp_path, limits) == []


@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        (
            "{pya: {rate: {calls: 1, per_seconds: 3}}}",
            "error: limits for `pya`, which this agent does not list. write: `pay`",
        ),
        ("{pay: {}}", NOTHING),
        (
            "{pay: {ceiling: {}}}",
            "error: the limits of `pay` bound nothing. write: `ceiling`, `hours` or `rate`, or no entry",
        ),
        ("{pay: {ceiling: {amont: 5}}}", "error: `pay` has no argument `amont`. write: `amount`"),
        (
            "{pay: {ceiling: {vendor: 5}}}",
            "error: the argument `vendor` of `pay` is not a number. write: `type: number`, or "
            "`formats: {vendor: {decimal: <currency argument>}}` in its manifest",
        ),
        (
            "{pay: {ceiling: {amount: 0}}}",
            f"error: `amount` is 0, which is not one of its forms. write: {FORMS}",
        ),
        (
            "{pay: {ceiling: {amount: {euro: 5}}}}",
            f"error: `amount` is a mapping, which is not one of its forms. write: {FORMS}",
        ),
        (
            "{pay: {ceiling: {amount: {}}}}",
            "error: a ceiling without a currency lets nothing pass. write: `{EUR: 5000}`",
        ),
        (
            "{pay: {ceiling: {amount: 500}}}",
            "warning: one ceiling for `amount` in every currency: 500 counts alike in EUR and JPY. "
            "write: `{EUR: 500}`: other currencies are refused",
        ),
        (
            "{pay: {rate: {calls: 3, per_seconds: 3}, ask: [hours]}}",
            "error: a person may lift `hours`, which is not set. write: a `hours`, or no `hours` in `ask`",
        ),
        ("{pay: {rate: {calls: 3, per_seconds: 3}, ask: [rate]}}", "error: `0` is 'rate'. write: 'ceiling' or 'hours'"),
        ("{pay: {rate: {calls: 0, per_seconds: 3}}}", "error: `calls` is 0. write: a number at least 1"),
        ("{pay: {rate: {calls: 1001, per_seconds: 3}}}", "error: `calls` is 1001. write: a number at most 1,000"),
        (
            f"{{pay: {{hours: {{time_zone: Europe/Berln, {OFFICE}}}}}}}",
            "error: `Europe/Berln` is no IANA time zone. write: `Europe/Berlin`",
        ),
        (
            f"{{pay: {{hours: {{time_zone: ../../../etc/localtime, {OFFICE}}}}}}}",
            "error: `../../../etc/localtime` is no IANA time zone. write: `Europe/Berlin`",
        ),
        (
            "{pay: {hours: {time_zone: UTC, open: [{opens: 08:00, closes: 08:00}]}}}",
            "error: a window from 08:00 to 08:00 never opens. "
            "write: a later `closes`, or `00:00` to `24:00` for the whole day",
        ),
        (
            "{pay: {hours: {time_zone: UTC, open: [{opens: 08:00, closes: 18:00, days: []}]}}}",
            "error: `days` is empty. write: `days: [mon, tue, wed, thu, fri]`",
        ),
        (
            "{pay: {hours: {time_zone: UTC, open: [{opens: 8:00, closes: 18:00}]}}}",
            "error: `opens` is '8:00', which has not its form. write: `opens: \"08:00\"`",
        ),
        ("{pay: {cieling: {amount: 5}}}", "error: there is no field `cieling` in `call_limits.pay`. write: `ceiling`"),
    ],
)
def test_limits_that_cannot_be_held_are_told(tmp_path: Path, limits: str, problem: str) -> None:
    """With the line, and what to write instead."""
    assert said(tmp_path, limits) == [problem]


def test_a_ceiling_by_currency_needs_a_currency(tmp_path: Path) -> None:
    """Nobody could tell which of the numbers holds."""
    plain = PAY.replace("formats: {amount: {decimal: currency}}\n", "")
    assert said(tmp_path, "{pay: {ceiling: {amount: {EUR: 5}}}}", plain) == [
        "error: a ceiling by currency, but nothing says the currency of `amount`. "
        "write: `formats: {amount: {decimal: <currency argument>}}` in its manifest, or one number"
    ]


def test_a_ceiling_in_a_currency_that_the_schema_excludes_is_told(tmp_path: Path) -> None:
    """And one number is fine where there is one currency only."""
    two = PAY.replace("currency: {type: string}", "currency: {enum: [EUR, USD]}")
    assert said(tmp_path / "two", "{pay: {ceiling: {amount: {EUR: 5, GBP: 5}}}}", two) == [
        "error: a ceiling in GBP, which `currency` of `pay` can never be. write: one of EUR, USD"
    ]
    one = PAY.replace("currency: {type: string}", "currency: {const: EUR}")
    assert said(tmp_path / "one", "{pay: {ceiling: {amount: 5}}}", one) == []


def test_time_zones_need_no_system_files() -> None:
    """Lambda's Python has none that are promised: the pinned package serves every zone, and no path beside them."""
    zoneinfo.reset_tzpath(to=[])
    try:
        assert datetime(2026, 7, 1, tzinfo=time_zones.zone("Europe/Berlin")).utcoffset() == timedelta(hours=2)
        assert all(time_zones.zone(name).key == name for name in time_zones.names())
    finally:
        zoneinfo.reset_tzpath()
    for name in ("", "Mars", "../zones", "Europe", "europe/berlin", "/etc/localtime"):
        with pytest.raises(KeyError):
            time_zones.zone(name)
