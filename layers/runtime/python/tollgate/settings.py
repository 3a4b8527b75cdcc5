"""The environment of every function, as one typed model; nothing else reads `TOLLGATE_*` variables.

Endpoints are the AWS SDK's own business (`AWS_ENDPOINT_URL...`); deployed templates tell the SDK to ignore them.
"""

import os

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """What the template says to a function. A value that the function was not given is empty and fails on use."""

    model_config = ConfigDict(frozen=True)

    executions_table: str = ""
    journal_table: str = ""
    calls_table: str = ""
    approvals_table: str = ""
    audit_table: str = ""
    gates_table: str = ""
    budgets_table: str = ""
    memory_table: str = ""
    bucket: str = ""
    state_machine_arn: str = ""
    slack_secret_id: str = ""
    console_url: str = ""
    notify_function: str = ""
    event_source: str = ""

    @classmethod
    def from_environment(cls) -> "Settings":
        """Reads `TOLLGATE_<FIELD>` for every field, e.g. `TOLLGATE_CALLS_TABLE`."""
        present = {name: os.environ.get(f"TOLLGATE_{name.upper()}") for name in cls.model_fields}
        return cls(**{name: value for name, value in present.items() if value})


def endpoint_overrides_allowed() -> bool:
    """False in every deployed function: the template sets the SDK's own switch, and we obey it for Slack too."""
    return os.environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false").lower() != "true"
