"""Cards come, change and go with their approval. A card is a courtesy: the gate works without it."""

from aws_lambda_powertools import Logger

from tollgate.approvals.veil import veiled
from tollgate.definitions.registry import SlackSettings
from tollgate.models.approval import Approval
from tollgate.slack.blocks import section
from tollgate.slack.card import Card, open_card
from tollgate.slack.client import SlackClient, SlackError
from tollgate.slack.connection import Connection
from tollgate.slack.decided_card import closed_card, moved_card
from tollgate.slack.reminder import reminder
from tollgate.store.stores import Stores

logger = Logger(service="slack")


def channel_for(settings: SlackSettings, audience: list[str]) -> str:
    """The channel of the first role that has one of its own, else the stage's."""
    roles = [approver.removeprefix("role:") for approver in audience if approver.startswith("role:")]
    return next((settings.role_channels[role] for role in roles if role in settings.role_channels), settings.channel)


def post_card(stores: Stores, slack: Connection, settings: SlackSettings, approval: Approval) -> None:
    """Posts the card, once: a retry finds it stored. Raises `SlackError`."""
    client = slack.client(patient=True)
    if client is None or stores.approvals.card(approval.approval_id) is not None:
        return
    _post(stores, client, channel_for(settings, approval.approvers), approval, slack.console_url)


def post_escalation(
    stores: Stores, slack: Connection, settings: SlackSettings, approval: Approval, audience: list[str]
) -> None:
    """Posts a card to those that the question went to; the first card says so and loses its buttons."""
    client = slack.client(patient=True)
    if client is None:
        return
    first = stores.approvals.card(approval.approval_id)
    _post(stores, client, channel_for(settings, audience), approval, slack.console_url)
    if first:
        card = moved_card(veiled(stores.journal, approval), slack.console_url)
        client.update(*first, card.text, card.blocks)


def post_reminder(
    stores: Stores, slack: Connection, settings: SlackSettings, approval: Approval, to_ask: list[str]
) -> None:
    """Reminds those who may decide, below the card; a card that is not there yet is posted. Raises `SlackError`."""
    client = slack.client(patient=True)
    if client is None:
        return
    place = stores.approvals.card(approval.approval_id)
    if place is None:
        _post(stores, client, channel_for(settings, approval.approvers), approval, slack.console_url)
        return
    channel, ts = place
    message = reminder(veiled(stores.journal, approval), to_ask)
    client.post_message(channel, message.text, message.blocks, thread=ts)


def show_decision(stores: Stores, slack: Connection, approval: Approval, *, patient: bool = False) -> bool:
    """Replaces the card by what the approval has become. False, and a line in the log, when Slack did not take it.

    With the card shown and the machine told, nothing is left to do, and the sweep forgets the approval.
    """
    card = _card(veiled(stores.journal, approval), slack.console_url)
    try:
        client = slack.client(patient=patient)
        place = (approval.card or stores.approvals.card(approval.approval_id)) if client else None
        if client and place:
            client.update(*place, card.text, card.blocks)
    except SlackError as error:
        logger.warning("the card could not be replaced", approval_id=approval.approval_id, error=str(error))
        return False
    if approval.status in ("expired", "revoked") or approval.delivery in ("delivered", "nobody_waits"):
        stores.due.done(approval.approval_id)
    return True


def _post(stores: Stores, client: SlackClient, channel: str, approval: Approval, console_url: str) -> None:
    card = open_card(veiled(stores.journal, approval), console_url)
    place = client.post_message(channel, card.text, card.blocks)
    stores.approvals.posted(approval.approval_id, *place)


def _card(approval: Approval, console_url: str) -> Card:
    if approval.status == "pending":
        return open_card(approval, console_url)
    card = closed_card(approval, console_url)
    note = _DELIVERY.get(approval.delivery or "") if approval.status in ("approved", "rejected", "edited") else None
    return Card(card.text, [*card.blocks, section(note)]) if note else card


_DELIVERY = {
    "pending": "⏳ Recorded, but the run could not be told yet. It is told again every minute.",
    "nobody_waits": "The run had stopped waiting when it was to be told; the run itself shows what came of it.",
}
