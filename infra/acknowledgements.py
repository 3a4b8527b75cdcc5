"""Findings of cdk-nag that are right as they are, each with its reason, at the construct that they are about."""

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct

_PACK = "AwsSolutions"


def acknowledge(construct: IConstruct, rule: str, reason: str) -> None:
    """Accepts one rule, or one finding `rule[finding]`, for this construct only."""
    Validations.of(construct).acknowledge(Acknowledgment(id=f"{_PACK}::{rule}", reason=reason))
