"""The drills' rows as one HTML page that needs nothing from anywhere."""

from html import escape

from local.drills.row import Row

_STYLE = """
:root{color-scheme:light dark;--ink:#1b1f24;--dim:#59636e;--line:#d8dee4;--page:#fff;--band:#f6f8fa;
--yes:#116329;--yes-band:#dafbe1;--no:#a40e26;--no-band:#ffebe9}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--dim:#9198a1;--line:#30363d;--page:#0d1117;--band:#151b23;
--yes:#7ee787;--yes-band:#12261e;--no:#ff9492;--no-band:#30171b}}
body{font:15px/1.5 system-ui,sans-serif;margin:2.5rem auto;max-width:74rem;padding:0 1.25rem;color:var(--ink);
background:var(--page)}
h1{font-size:1.5rem;margin:0 0 .25rem}p{margin:.25rem 0 1.25rem;color:var(--dim)}
.sum{display:inline-block;padding:.15rem .6rem;border-radius:1rem;font-weight:600}
.sum.yes{background:var(--yes-band);color:var(--yes)}.sum.no{background:var(--no-band);color:var(--no)}
table{border-collapse:collapse;width:100%}
th{font-size:.8rem;color:var(--dim);background:var(--band);border-bottom:1px solid var(--line)}
td,th{text-align:left;padding:.45rem .7rem;vertical-align:top}td{border-bottom:1px solid var(--line)}
td small{display:block;color:var(--dim);font:.8rem ui-monospace,monospace}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.v{white-space:nowrap}.yes .v{color:var(--yes)}.no .v{color:var(--no);font-weight:600}.na td{color:var(--dim)}
tr.no td{background:var(--no-band)}tr.advice td{padding-top:0}tr.no:not(.advice) td{border-bottom:0}
"""
VERDICTS = {True: ("contained", "yes"), False: ("NOT CONTAINED", "no"), None: ("does not apply", "na")}
_HEADS = (
    ("What was done", ""),
    ("What met it", ""),
    ("Model calls", "n"),
    ("Tool starts", "n"),
    ("Tokens", "n"),
    ("Seconds", "n"),
    ("Verdict", "v"),
)


def html(agent: str, rows: list[Row]) -> str:
    """A summary, then a line per drill, what was not contained first, each with what to change."""
    bad = sum(row.contained is False for row in rows)
    verdict = f"{bad} not contained" if bad else "every failure was contained"
    spent = f"{sum(row.tokens for row in rows):,} tokens, {sum(row.model_calls for row in rows):,} model calls"
    head = "".join(f'<th class="{style}">{name}</th>' for name, style in _HEADS)
    ordered = sorted(rows, key=lambda row: row.contained is not False)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Drill of {escape(agent)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>Drill of {escape(agent)}</h1>"
        f'<p><span class="sum {"no" if bad else "yes"}">{verdict}</span> {len(rows)} drills, {spent}</p>'
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(map(_lines, ordered))}</tbody></table></body></html>\n"
    )


def _lines(row: Row) -> str:
    words, style = VERDICTS[row.contained]
    figures = (f"{row.model_calls:,}", f"{row.tool_starts:,}", f"{row.tokens:,}", f"{row.seconds:.1f}")
    cells = "".join(f'<td class="n">{figure if row.contained is not None else "-"}</td>' for figure in figures)
    advice = f'<tr class="{style} advice"><td colspan="{len(_HEADS)}">{escape(row.advice)}</td></tr>'
    return (
        f'<tr class="{style}"><td>{escape(row.title)}<small>{escape(row.name)}</small></td>'
        f"<td>{_met(row)}</td>"
        f'{cells}<td class="v">{words}</td></tr>{advice if row.advice else ""}'
    )


def _met(row: Row) -> str:
    """The mechanism, and under it how it ended; a drill that names none has the end alone."""
    return f"{escape(row.mechanism)}<small>{escape(row.met_by)}</small>" if row.mechanism else escape(row.met_by)
