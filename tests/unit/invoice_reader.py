"""The modules of the tool `read_invoice`, imported as they are in its function: its folder is on the path."""

import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "lambdas" / "tools" / "read_invoice"
SAMPLES = ROOT / "samples" / "invoices"
SHARED = ROOT.parent / "shared" / "invoices"
"""Public test invoices beside the checkout, where there are any; never copied into it."""

sys.path.insert(0, str(FOLDER))

import arithmetic  # noqa: E402
import iban  # noqa: E402
import invoice  # noqa: E402
import report  # noqa: E402
import ubl_invoice  # noqa: E402
import ubl_xml  # noqa: E402


def read(text: str) -> dict[str, Any]:
    """What the tool's handler returns for a document."""
    parsed = ubl_invoice.read(ubl_xml.parse(text))
    return report.report(parsed, arithmetic.check(parsed))


def sample(name: str) -> str:
    """A sample's text."""
    return (SAMPLES / f"{name}.xml").read_text("utf-8")


__all__ = [
    "FOLDER",
    "SAMPLES",
    "SHARED",
    "arithmetic",
    "iban",
    "invoice",
    "read",
    "report",
    "sample",
    "ubl_invoice",
    "ubl_xml",
]
