"""The made-up companies of the samples. Their VAT ids and IBANs have right check digits and belong to nobody."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Company:
    """A company as invoices and the vendor master show it."""

    name: str
    vat_id: str
    iban: str
    street: str
    city: str
    postcode: str
    email: str

    @property
    def country(self) -> str:
        return self.vat_id[:2]


def iban(country: str, account: str) -> str:
    """An IBAN with its check digits (ISO 13616)."""
    number = int("".join(str(int(character, 36)) for character in f"{account}{country}00"))
    return f"{country}{98 - number % 97:02d}{account}"


def german_vat_id(digits: str) -> str:
    """A German VAT id: eight digits and the ISO 7064 MOD 11,10 check digit."""
    product = 10
    for digit in digits:
        total = (int(digit) + product) % 10 or 10
        product = 2 * total % 11
    return f"DE{digits}{(11 - product) % 10}"


def dutch_vat_id(digits: str) -> str:
    """A Dutch VAT id: ten digits after `NL` and nine, two check digits by MOD 97 over the letters' values."""
    letters = {"N": "23", "L": "21", "B": "11"}
    for check in range(100):
        body = f"NL{digits}B{check:02d}"
        if int("".join(letters.get(character, character) for character in body)) % 97 == 1:
            return body
    raise ValueError(f"no check digits fit {digits}")


def belgian_vat_id(digits: str) -> str:
    """A Belgian VAT id: eight digits and 97 less their remainder."""
    return f"BE{digits}{97 - int(digits) % 97:02d}"


def austrian_vat_id(digits: str) -> str:
    """An Austrian VAT id: `U`, seven digits and the check digit of the finance ministry's rule."""
    total = 4
    for index, digit in enumerate(digits):
        value = int(digit) * (2 if index % 2 else 1)
        total += value // 10 + value % 10
    return f"ATU{digits}{-total % 10}"


BUYER = Company(
    "Seewind Manufaktur GmbH", german_vat_id("99900110"), iban("DE", "999999990000000100"),
    "Am Speicher 4", "Husum", "25813", "rechnung@seewind.example",
)  # fmt: skip
NORDLICHT = Company(
    "Nordlicht Bürotechnik GmbH", german_vat_id("99900221"), iban("DE", "999999990000000201"),
    "Leuchtturmweg 9", "Bremen", "28195", "rechnung@nordlicht.example",
)  # fmt: skip
PAPIERWERK = Company(
    "Papierwerk Aue KG", german_vat_id("99900332"), iban("DE", "999999990000000302"),
    "Muldestraße 17", "Aue", "08280", "buchhaltung@papierwerk.example",
)  # fmt: skip
MOLENWIND = Company(
    "Molenwind Koffie B.V.", dutch_vat_id("999004430"), iban("NL", "TLGT0000000403"),
    "Molenkade 21", "Zaandam", "1506 KL", "facturen@molenwind.example",
)  # fmt: skip
BROUWERS = Company(
    "Brouwers & Zonen NV", belgian_vat_id("09990055"), iban("BE", "999000000504"),
    "Havenlaan 88", "Gent", "9000", "facturatie@brouwers.example",
)  # fmt: skip
KALTENBACH = Company(
    "Kaltenbach Werkzeuge GmbH", austrian_vat_id("9990066"), iban("AT", "9999900000000605"),
    "Ennsgasse 3", "Steyr", "4400", "rechnung@kaltenbach.example",
)  # fmt: skip
SCHIMMERWERK = Company(
    "Schimmerwerk Handels OHG", german_vat_id("99900776"), iban("DE", "999999990000000706"),
    "Hinterhof 2", "Leipzig", "04109", "kontakt@schimmerwerk.example",
)  # fmt: skip
STRANGER_IBAN = iban("DE", "999999990000009999")
