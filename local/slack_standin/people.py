"""Who can be acted as on the page: the people of the deployment's table, and two strangers where anybody may decide."""

import json
from collections.abc import Mapping

USERS = {"U0LOCAL": "You", "U0COLLEAGUE": "A colleague"}


def people(environ: Mapping[str, str]) -> dict[str, str]:
    """Slack ids and names, those of `TOLLGATE_SLACK_USERS` first; `*` in it, or no table, lets strangers decide."""
    table = json.loads(environ.get("TOLLGATE_SLACK_USERS") or '{"*": {}}')
    mapped = {user: f"{principal['id']} ({user})" for user, principal in table.items() if user != "*"}
    return mapped | (USERS if "*" in table else {})
