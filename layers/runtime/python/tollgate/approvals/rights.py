"""Who may decide an approval. Pure: it reads nothing and writes nothing."""

from tollgate.errors import ForbiddenError
from tollgate.models.approval import Approval, Decider
from tollgate.models.principal import Principal

ANY_ROLE = "*"
LOCAL_STAGE = "local"


def decider(principal: Principal, *, stage: str, slack_id: str | None = None) -> Decider:
    """The principal at the gate. The role `*` is every role in the stage `local` and nothing elsewhere."""
    any_role = stage == LOCAL_STAGE and principal.has("roles", ANY_ROLE)
    return Decider(principal=principal, slack_id=slack_id, any_role=any_role)


def check(approval: Approval, who: Decider) -> None:
    """Returns for a person who may decide. Raises `ForbiddenError` that names the missing right or the setting."""
    if who.principal.kind != "person":
        raise ForbiddenError(f"{who.principal.id} is a service; only a person may decide an approval")
    if who.principal.id == approval.requester and not approval.requester_may_approve:
        raise ForbiddenError(
            f"{who.principal.id} asked for this execution and may not decide its approvals; another person must, "
            f"or agents/{approval.agent}/agent.yaml says `approvals: {{requester_may_approve: true}}`"
        )
    if approval.approvers and not any(_is(approver, who) for approver in approval.approvers):
        raise ForbiddenError(f"{who.principal.id} is none of the approvers: {', '.join(approval.approvers)}")


def _is(approver: str, who: Decider) -> bool:
    """Whether the approver `user:<id>`, `role:<name>` or `slack:<id>` is this person; an unknown kind is nobody."""
    kind, _, name = approver.partition(":")
    if kind == "user":
        return who.principal.id == name
    if kind == "role":
        return who.any_role or (name != ANY_ROLE and who.principal.has("roles", name))
    return kind == "slack" and who.slack_id is not None and who.slack_id == name
