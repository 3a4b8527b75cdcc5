"""Currencies: ISO 4217 codes, and the marks and names that stand for one."""

CODES = frozenset({
    "AED", "AUD", "BGN", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF",
    "IDR", "ILS", "INR", "ISK", "JPY", "KRW", "MXN", "MYR", "NOK", "NZD", "PEN", "PHP", "PLN", "RON", "RSD",
    "RUB", "SAR", "SEK", "SGD", "THB", "TRY", "TWD", "UAH", "USD", "VND", "ZAR",
})  # fmt: skip
SYMBOLS = {
    "€": "EUR", "£": "GBP", "¥": "JPY", "$": "USD", "us$": "USD", "euro": "EUR", "euros": "EUR", "dollar": "USD",
    "dollars": "USD", "pound": "GBP", "pounds": "GBP", "franc": "CHF", "francs": "CHF", "yen": "JPY",
}  # fmt: skip


def canonical(text: str) -> str | None:
    """The code; None for what stands for no single currency."""
    code = SYMBOLS.get(text.lower(), text.upper())
    return code if code in CODES else None
