"""The table of vendors, orders and receipts that the sample invoice agent looks things up in."""

from constructs import Construct

from infra.names import Names
from infra.tables import Keys, TableShape, build_table


class SampleLedger(Construct):
    """`<prefix>-ledger`; deployed only where the stage says `sample_ledger: true`."""

    def __init__(self, scope: Construct, id: str, *, names: Names, retain: bool) -> None:
        super().__init__(scope, id)
        self.table = build_table(
            self, "Table", name=names.table("ledger"), shape=TableShape(Keys("kind", "id")), retain=retain
        )
