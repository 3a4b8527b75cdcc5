"""What Slack delivers when somebody clicks or submits. Slack is only a door: rights and outcome are the gate's."""

from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools import Logger

from tollgate.approvals.decide import Decided, Word, admit, decide
from tollgate.approvals.deciders import Deciders
from tollgate.approvals.veil import veiled
from tollgate.errors import (
    ForbiddenError,
    InvalidError,
    NotFoundError,
    TollgateError,
    UnauthenticatedError,
)
from tollgate.models.approval import Approval, Decider, Source
from tollgate.slack.blocks import escaped
from tollgate.slack.client import SlackError
from tollgate.slack.connection import Connection
from tollgate.slack.fields import edited_arguments, typed_value
from tollgate.slack.modals import REASON, edit_view, reject_view
from tollgate.slack.payload import Clicked, about, click_in, is_retry, items, mapping, payload_in, team_of, user_of
from tollgate.slack.signature import refusal
from tollgate.store.stores import Stores

logger = Logger(service="slack")

Answer = dict[str, Any]
HandOver = Callable[[Approval], None]


class Interactions:
    """The Slack callback; one per function. Slack waits until a decision is recorded, and no longer.

    `hand_over` sees to what follows from it: journal, machine and card.
    """

    def __init__(self, stores: Stores, deciders: Deciders, slack: Connection, hand_over: HandOver) -> None:
        self._stores, self._deciders, self._slack, self._hand_over = stores, deciders, slack, hand_over

    def receive(self, headers: Mapping[str, str], body: bytes, *, address: str | None = None) -> Answer:
        """The answer to one post. Raises `UnauthenticatedError` before anything of the body is believed.

        `address` is where the post came from, for the audit.
        """
        why_not = refusal(
            signing_secret=self._slack.signing_secret, headers=headers, body=body, now=self._stores.clock.now()
        )
        if why_not:
            raise UnauthenticatedError(why_not)
        payload = payload_in(body)
        source = Source(door="slack", address=address, slack_user=user_of(payload), slack_team=team_of(payload))
        if payload.get("type") == "block_actions":
            return self._clicked(payload, source, by_slack_again=is_retry(headers))
        if payload.get("type") == "view_submission":
            return self._submitted(payload, source)
        return {}  # closed views, shortcuts, whatever comes next: nothing to decide, nothing to complain about

    def _clicked(self, payload: Mapping[str, Any], source: Source, *, by_slack_again: bool) -> Answer:
        clicked = click_in(payload, source)
        if clicked is None:
            return {}
        try:
            again = self._act(clicked)
        except TollgateError as error:
            return self._tell(clicked, str(error))
        return self._tell(clicked, again) if again and not by_slack_again else {}

    def _act(self, clicked: Clicked) -> str | None:
        """What to tell a person whose click changed nothing."""
        word = Word(clicked.action, clicked.fingerprint)
        who, approval = self._asked(clicked.source, clicked.approval_id, word)
        if clicked.action == "approve":
            decided = self._decide(who, approval, word)
            return _counted_already(decided.approval, who) if decided.again else None
        # Whoever cannot reject cannot edit either, so one question to the gate serves both buttons.
        rejection = Word("reject", clicked.fingerprint)
        admit(self._stores, approval, who, rejection, about_to=clicked.action)
        shown = veiled(self._stores.journal, approval)
        if self._open(clicked, edit_view(shown) if clicked.action == "edit" else reject_view(shown)):
            return None
        if clicked.action == "edit":
            raise InvalidError("Slack did not open the form; click Edit once more")
        # A person said no. That the form for the reason did not open does not turn it into a maybe.
        self._decide(who, approval, rejection)
        return None

    def _open(self, clicked: Clicked, view: dict[str, Any]) -> bool:
        client = self._slack.client(patient=False)
        if client is None or not clicked.trigger_id:
            return False
        try:
            client.open_view(clicked.trigger_id, view)
        except SlackError as error:
            logger.warning("the modal did not open", approval_id=clicked.approval_id, error=str(error))
            return False
        return True

    def _submitted(self, payload: Mapping[str, Any], source: Source) -> Answer:
        view = mapping(payload.get("view"))
        kind, (approval_id, seen) = view.get("callback_id"), about(view.get("private_metadata"))
        values = mapping(mapping(view.get("state")).get("values"))
        if kind not in ("reject", "edit") or not approval_id:
            return {}
        blocks = map(mapping, items(view.get("blocks")))
        fields = [str(block.get("block_id")) for block in blocks if block.get("element")]
        first = next(iter([*values, *fields]), REASON)
        try:
            who, approval = self._asked(source, approval_id, Word(kind, seen))
            if kind == "reject":
                self._decide(who, approval, Word("reject", seen, reason=typed_value(values.get(REASON)) or None))
                return {}
            return self._edit(who, approval, seen, values, first)
        except TollgateError as error:
            return _at_fields({first: str(error)})

    def _edit(self, who: Decider, approval: Approval, seen: str, values: Mapping[str, Any], first: str) -> Answer:
        hidden = veiled(self._stores.journal, approval).hidden
        arguments, errors = edited_arguments(approval.model_copy(update={"hidden": hidden}), values)
        if errors:
            return _at_fields(errors)
        try:
            self._decide(who, approval, Word("edit", seen, arguments))
        except InvalidError as error:
            return _at_fields(_by_field(error, set(values), first))
        return {}

    def _decide(self, who: Decider, asked: Approval, word: Word) -> Decided:
        decided = decide(self._stores, who, asked.approval_id, word, via="slack", as_read=asked)
        self._hand_over(decided.approval)
        return decided

    def _asked(self, source: Source, approval_id: str, word: Word) -> tuple[Decider, Approval]:
        """The person behind a Slack id, by the deployment's table, and what they were asked.

        Whom the table does not have, the audit does. Raises `NotFoundError` for another tenant's question.
        """
        approval = self._stores.approvals.get(approval_id)
        try:
            who = self._deciders.of_slack_user(source.slack_user or "", approval.tenant, source)
        except ForbiddenError as error:
            self._stores.audit.refuse(
                approval, by=None, decision=word.kind, fingerprint=word.fingerprint, error=error, source=source
            )
            raise
        if approval.tenant != who.principal.tenant:
            raise NotFoundError(f"there is no approval {approval_id!r}")
        return who, approval

    def _tell(self, clicked: Clicked, text: str) -> Answer:
        """To the person who clicked, and nobody else."""
        client = self._slack.client(patient=False)
        if client is not None and clicked.response_url:
            try:
                client.respond(clicked.response_url, escaped(text))
            except SlackError as error:
                logger.warning("the person could not be told", approval_id=clicked.approval_id, error=str(error))
        return {"response_type": "ephemeral", "replace_original": False, "text": text}


def _counted_already(approval: Approval, who: Decider) -> str:
    """To somebody whose yes is counted already, whichever of their Slack ids clicked."""
    if approval.status != "pending":
        return f"{who.principal.id} approved this before; it is {approval.status}"
    more = "1 other person" if approval.missing == 1 else f"{approval.missing} other people"
    return f"{who.principal.id} approved this before; {more} must agree"


def _by_field(error: InvalidError, fields: set[str], first: str) -> dict[str, str]:
    """Each violation at the field it is about; what belongs to none stands at the first."""
    found: dict[str, str] = {}
    for violation in error.violations:
        name = violation["pointer"].removeprefix("/arguments").lstrip("/").split("/")[0]
        name = name.replace("~1", "/").replace("~0", "~")
        found.setdefault(name if name in fields else first, violation["message"])
    return found or {first: str(error)}


def _at_fields(errors: dict[str, str]) -> Answer:
    return {"response_action": "errors", "errors": {name: text[:2000] for name, text in errors.items()}}
