"""What the gate's function makes before its first event, so that the first click does not wait for it."""

from tollgate import background
from tollgate.slack import connection
from tollgate.store import dynamodb


def clients() -> None:
    """The SDK's clients of all that Slack waits for: 70 ms of a whole CPU, which Lambda's init phase gives.

    At the first click they would cost three times as much, because then the CPU is a share that follows the memory
    (https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html), out of the three seconds that Slack waits.
    """
    dynamodb.client()
    background.prepare()
    connection.prepare()
