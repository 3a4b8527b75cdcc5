"""What is counted at run time is what the alarms read."""

import json

import pytest
from tollgate import incidents

from tests.infra.assembly import Assembly

SCREENING = {"calls": [{"call_id": "c0", "reasons": [{"rule": "tool_boundary", "message": "m", "incident": True}]}]}


def test_a_boundary_refusal_sets_off_its_alarm(dev: Assembly, capsys: pytest.CaptureFixture[str]) -> None:
    """The alarm reads the very namespace, name and dimensions that the screening task prints, from one refusal on."""
    incidents.tell(SCREENING, execution_id="exe-1", step=1, agent="a", environment="tollgate-dev")
    printed = json.loads(capsys.readouterr().out.splitlines()[-1])
    (directive,) = printed["_aws"]["CloudWatchMetrics"]
    (metric,) = directive["Metrics"]
    [alarm] = [one for one in dev.of("AWS::CloudWatch::Alarm") if one["AlarmName"] == "tollgate-dev-boundary-refusals"]
    assert (alarm["Namespace"], alarm["MetricName"]) == (directive["Namespace"], metric["Name"])
    read = {one["Name"]: one["Value"] for one in alarm["Dimensions"]}
    assert {name: printed[name] for name in read} == read
    assert sorted(read) in [sorted(one) for one in directive["Dimensions"]]
    assert (alarm["Statistic"], alarm["Threshold"], alarm["TreatMissingData"]) == ("Sum", 1, "notBreaching")
