"""The secret that both sides of Slack use: the bot's token, and the key that signs the callbacks."""

import json

from aws_cdk import RemovalPolicy
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.acknowledgements import acknowledge
from infra.names import Names


class SlackSecret(Construct):
    """`{"bot_token", "signing_secret"}`; until the operator writes Slack's own, the signing key is random.

    So a deployment without a Slack app accepts no callback at all, instead of accepting one under an empty key.
    """

    def __init__(self, scope: Construct, id: str, *, names: Names, retain: bool) -> None:
        super().__init__(scope, id)
        self.secret = secretsmanager.Secret(
            self,
            "Secret",
            secret_name=f"{names.prefix}/slack",
            description="Slack app of the approvals: bot_token (xoxb-...) and signing_secret.",
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template=json.dumps({"bot_token": ""}),
                generate_string_key="signing_secret",
                exclude_punctuation=True,
                password_length=32,
            ),
            removal_policy=RemovalPolicy.RETAIN if retain else RemovalPolicy.DESTROY,
        )
        acknowledge(self.secret, "AwsSolutions-SMG4", "Slack issues both values; nothing on our side can rotate them.")
