"""The local stage's template is for the local stack; CloudFormation must refuse it."""

from aws_cdk import CfnParameter, CfnRule, CfnRuleAssertion, Fn
from constructs import Construct

from infra.settings import LOCAL

_ADVICE = "Stage local runs on the local stack only; deploy another stage, for instance: cdk deploy -c stage=dev"


class LocalOnly(Construct):
    """A template rule that fails for the only value its parameter may have: no deployment gets to a resource."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        stage = CfnParameter(self, "Stage", default=LOCAL, allowed_values=[LOCAL], description=_ADVICE)
        never = Fn.condition_not(Fn.condition_equals(stage.value_as_string, LOCAL))
        CfnRule(self, "NeverDeployed", assertions=[CfnRuleAssertion(assert_=never, assert_description=_ADVICE)])
