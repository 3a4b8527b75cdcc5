"""Personal data with a shape of its own: what a checksum, a plus sign or a label before it makes more than digits.

National ids without a checksum are not here (any nine digits would be one), nor are names and addresses, which have no
shape: a field that holds them is declared (`personal_fields`), not guessed.
"""

from tollgate.detection.checksums import is_card, is_codice_fiscale, is_cpf, is_iban, is_nir
from tollgate.detection.detector import Detector

_NO_WORD = r"(?<![A-Za-z0-9])"
_NO_MORE = r"(?![A-Za-z0-9])"

PERSONAL_DATA: tuple[Detector, ...] = (
    Detector(
        "email_address",
        "personal",
        ("@",),
        (
            r"(?<![\w.!#$%&'*+/=?^`{|}~-])[\w.!#$%&'*+/=?^`{|}~-]{1,64}+"
            r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}" + _NO_MORE
        ),
    ),
    # E.164: a plus, a country code, seven to fifteen digits in all; or the North American form with its brackets.
    Detector(
        "phone_number",
        "personal",
        ("+", "("),
        (
            r"(?<![\w+/=])\+[1-9]\d{0,2}(?:[ .\u00a0-]?\(0\))?(?:[ .()/\u00a0-]{0,2}\d){6,13}(?![\w+]|[.,]\d)"
            r"|(?<![\w(])\([2-9]\d{2}\) ?[2-9]\d{2}[-. ]\d{4}(?!\d)"
        ),
        lambda value: 8 <= sum(map(str.isdigit, value.replace("(0)", ""))) <= 15,
    ),
    Detector(
        "iban",
        "personal",
        (),
        _NO_WORD + r"[A-Z]{2}\d{2}(?:[ \u00a0-]?[A-Z0-9]){11,30}" + _NO_MORE,
        is_iban,
    ),
    Detector(
        "payment_card",
        "personal",
        (),
        r"(?<![\w.,+-])[2-6](?:[ -]?\d){12,18}(?![\w]|[.,-]\d)",
        is_card,
    ),
    Detector(
        "us_social_security_number",
        "personal",
        ("ssn", "social security"),
        (
            r"(?i:\bSSN|social security(?: (?:number|no))?)\W{1,8}(?:is )?"
            r"(?P<value>(?!000|666|9)\d{3}([ -]?)(?!00)\d{2}\2(?!0000)\d{4})(?!\d)"
        ),
    ),
    Detector(
        "fr_social_security_number",
        "personal",
        (),
        r"(?<![\w.,])[12](?: ?\d){4}(?: ?[\dAB])(?: ?\d){9}(?![\w]|[.,]\d)",
        is_nir,
    ),
    Detector(
        "it_codice_fiscale",
        "personal",
        (),
        _NO_WORD + r"[A-Z]{6}[0-9L-NP-V]{2}[ABCDEHLMPRST][0-9L-NP-V]{2}[A-Z][0-9L-NP-V]{3}[A-Z]" + _NO_MORE,
        is_codice_fiscale,
    ),
    Detector("br_cpf", "personal", (".",), r"(?<![\d.])\d{3}\.\d{3}\.\d{3}-\d{2}(?!\d)", is_cpf),
)
