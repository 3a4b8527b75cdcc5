"""The samples are what their generator writes, and their made-up ids have right check digits."""

import pytest

from local import ledger
from samples import cases, companies
from tests.unit.invoice_reader import SAMPLES, iban

COMPANIES = [value for value in vars(companies).values() if isinstance(value, companies.Company)]


def test_files_are_what_the_generator_writes() -> None:
    """A sample is changed in `samples/cases.py`, then written anew; file and generator never part."""
    written = {path.name: path.read_text("utf-8") for path in SAMPLES.iterdir()}
    assert written == cases.documents()


@pytest.mark.parametrize("company", COMPANIES, ids=lambda company: company.name)
def test_accounts_have_right_check_digits(company: companies.Company) -> None:
    """Every account of the samples would pass a bank's check."""
    assert iban.is_iban(company.iban)


@pytest.mark.parametrize(
    ("made", "known"),
    [
        (companies.german_vat_id("13669597"), "DE136695976"),
        (companies.austrian_vat_id("1358562"), "ATU13585627"),
        (companies.belgian_vat_id("04287594"), "BE0428759497"),
        (companies.iban("DE", "370400440532013000"), "DE89370400440532013000"),
    ],
)
def test_check_digits_agree_with_published_examples(made: str, known: str) -> None:
    """The check-digit rules are the published ones: textbook examples come out."""
    assert made == known


def test_vendor_master_has_the_companies_of_the_invoices() -> None:
    """The ledger's vendors carry the VAT ids and accounts that the invoices show."""
    master = {(item["vat_id"], item["iban"]) for item in ledger.items() if item["kind"] == "vendor"}
    strangers = {companies.BUYER, companies.SCHIMMERWERK}
    assert master == {(one.vat_id, one.iban) for one in COMPANIES if one not in strangers}


def test_ledger_keys_are_unique() -> None:
    """No item of the ledger file hides another."""
    keys = [(item["kind"], item["id"]) for item in ledger.items()]
    assert len(keys) == len(set(keys))
