"""What an e-invoice says, as typed values. Money and quantities are decimals; nothing here is ever a float.

Names follow EN 16931-1's business terms (BT-n, BG-n), given where a reader may want to look one up.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Kind = Literal["invoice", "credit_note"]


@dataclass(frozen=True)
class Party:
    """Seller (BG-4), buyer (BG-7) or payee (BG-10)."""

    name: str
    vat_id: str | None
    ids: tuple[str, ...]


@dataclass(frozen=True)
class VatCategory:
    """A VAT category code (UNCL 5305) with its rate in percent; `O` has none."""

    code: str
    rate: Decimal | None


@dataclass(frozen=True)
class Adjustment:
    """An allowance (taken off) or a charge (added), of a line (BG-27, BG-28) or the document (BG-20, BG-21)."""

    is_charge: bool
    amount: Decimal
    reason: str
    base: Decimal | None
    percent: Decimal | None
    vat: VatCategory | None


@dataclass(frozen=True)
class Line:
    """An invoice line (BG-25)."""

    id: str
    order_line: str | None
    item: str | None
    description: str
    quantity: Decimal
    unit: str | None
    price: Decimal
    base_quantity: Decimal
    net_amount: Decimal
    adjustments: tuple[Adjustment, ...]
    vat: VatCategory | None


@dataclass(frozen=True)
class VatSubtotal:
    """One row of the VAT breakdown (BG-23)."""

    vat: VatCategory
    taxable: Decimal
    tax: Decimal


@dataclass(frozen=True)
class Totals:
    """The document's totals (BG-22). What is absent and optional is None."""

    lines: Decimal
    allowances: Decimal | None
    charges: Decimal | None
    without_vat: Decimal
    vat: Decimal | None
    with_vat: Decimal
    prepaid: Decimal | None
    rounding: Decimal | None
    payable: Decimal


@dataclass(frozen=True)
class Invoice:
    """The whole document."""

    kind: Kind
    specification: str
    """BT-24: the rules that the sender claims to follow."""
    type_code: str | None
    number: str
    issue_date: str
    due_date: str | None
    currency: str
    seller: Party
    buyer: Party
    payee: Party | None
    accounts: tuple[str, ...]
    payment_reference: str | None
    order_reference: str | None
    billing_references: tuple[str, ...]
    notes: tuple[str, ...]
    lines: tuple[Line, ...]
    adjustments: tuple[Adjustment, ...]
    vat: tuple[VatSubtotal, ...]
    totals: Totals
    foreign_amounts: tuple[str, ...]
    """Paths of amounts whose `currencyID` is not the document's currency."""
