"""Reads an e-invoice that a stranger sent; touches no network, no file and no table."""

from typing import Any

import arithmetic
import ubl_invoice
import ubl_xml
from report import report
from tollgate.tool_runtime.tool_call import ToolCall


def handle(arguments: dict[str, Any], call: ToolCall) -> dict[str, Any]:
    """The invoice's facts and its arithmetic check. Raises `ValueError` for what is not a readable invoice."""
    invoice = ubl_invoice.read(ubl_xml.parse(arguments["document"]))
    return report(invoice, arithmetic.check(invoice))
