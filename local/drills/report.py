"""The drills' rows as one HTML page that needs nothing from anywhere."""

from html import escape

from local.drills.row import Row

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1b1f24}"
    "table{border-collapse:collapse;width:100%}"
    "td,th{text-align:left;padding:.4rem .6rem;border-bottom:1px solid #d8dee4;vertical-align:top}"
    ".yes{color:#116329}.no{color:#a40e26;font-weight:600}.na{color:#656d76}td.n{text-align:right}"
)
VERDICTS = {True: ("contained", "yes"), False: ("NOT CONTAINED", "no"), None: ("does not apply", "na")}


def html(agent: str, rows: list[Row]) -> str:
    """A table with a line per drill and, under what was not contained, what to change."""
    bad = sum(row.contained is False for row in rows)
    verdict = f"{bad} not contained" if bad else "every failure was contained"
    head = "".join(f"<th>{name}</th>" for name in ("What was done", "What met it", "Tokens", "Seconds", "Verdict"))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Drill of {escape(agent)}</title>'
        f"<style>{_STYLE}</style><h1>Drill of {escape(agent)}</h1><p>{len(rows)} drills, {verdict}.</p>"
        f"<table><tr>{head}</tr>{''.join(map(_line, rows))}</table></html>\n"
    )


def _line(row: Row) -> str:
    words, style = VERDICTS[row.contained]
    advice = f"<br>{escape(row.advice)}" if row.advice else ""
    return (
        f"<tr><td>{escape(row.title)}</td><td>{escape(row.met_by)}</td><td class=n>{row.tokens:,}</td>"
        f"<td class=n>{row.seconds:.1f}</td><td class={style}>{words}{advice}</td></tr>"
    )
