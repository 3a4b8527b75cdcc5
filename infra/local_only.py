"""The local stage's template is for the local stack; CloudFormation must refuse it."""

from aws_cdk import CfnRule, CfnRuleAssertion, Fn
from constructs import Construct


class LocalOnly(Construct):
    """A template rule that no account satisfies: the deployment ends before its first resource."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        CfnRule(
            self,
            "NeverDeployed",
            assertions=[
                CfnRuleAssertion(
                    assert_=Fn.condition_equals("local", "deployed"),
                    assert_description="Stage local runs on the local stack only; deploy another stage: cdk deploy -c stage=dev",
                )
            ],
        )
