"""Who may decide an approval. It writes nothing, and asks Slack only where nothing but a user group can say yes."""

from tollgate.errors import ForbiddenError
from tollgate.models.approval import Approval, Decider

ANY_ROLE = "*"
LOCAL_STAGE = "local"
_GROUP = "slack_group:"


def check(approval: Approval, who: Decider) -> None:
    """Returns for a person who may decide.

    Raises `ForbiddenError` that names the missing right or the setting, and `SlackError` when only a user group could
    let them in and Slack cannot say who is in it: what cannot be looked up is not allowed.
    """
    if who.principal.kind != "person":
        raise ForbiddenError(f"{who.principal.id} is a service; only a person may decide an approval")
    if who.principal.id == approval.requester and not approval.requester_may_approve:
        raise ForbiddenError(
            f"{who.principal.id} asked for this execution and may not decide its approvals; another person must, "
            f"or agents/{approval.agent}/agent.yaml says `approvals: {{requester_may_approve: true}}`"
        )
    if approval.approvers and not _is_approver(approval.approvers, who):
        raise ForbiddenError(f"{who.principal.id} is none of the approvers: {', '.join(approval.approvers)}")


def _is_approver(approvers: list[str], who: Decider) -> bool:
    if any(_is(approver, who) for approver in approvers):
        return True
    groups = [approver.removeprefix(_GROUP) for approver in approvers if approver.startswith(_GROUP)]
    return any(who.member_of(group) for group in groups if group)


def _is(approver: str, who: Decider) -> bool:
    """Whether the approver `user:<id>`, `role:<name>` or `slack:<id>` is this person; an unknown kind is nobody."""
    kind, _, name = approver.partition(":")
    if kind == "user":
        return who.principal.id == name
    if kind == "role":
        return who.any_role or (name != ANY_ROLE and who.principal.has("roles", name))
    return kind == "slack" and name in who.slack_ids
