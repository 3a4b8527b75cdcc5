"""What to write for a field that is missing or wrong: one short, valid line per field name."""

LINES: dict[str, str] = {
    "schema_version": "`schema_version: 1`",
    "name": "`name: ` and the folder's name",
    "description": "`description: ` and one sentence that says what it does",
    "model": "`model: {alias: reasoning}`",
    "limits": "`limits: {tokens: 120000, usd: 2.0, steps: 25, active_seconds: 1200, deadline_seconds: 259200}`",
    "tokens": "`tokens: 120000`",
    "usd": "`usd: 2.0`",
    "steps": "`steps: 25`",
    "active_seconds": "`active_seconds: 1200`",
    "deadline_seconds": "`deadline_seconds: 259200`",
    "input_schema": "`input_schema: {type: object, required: [id], properties: {id: {type: string}}}`",
    "output_schema": "`output_schema: {type: object, required: [status], properties: {status: {type: string}}}`",
    "tools": "`tools: [` and the names of the tools that the agent may use `]`",
    "kind": "`kind: lambda`, or in a check `kind: http`",
    "at": "`at: [request, call, answer]`, or the stages of them at which the check is asked",
    "effect": "`effect: read`, or write, destructive or external",
    "owner": "`owner: {argument: account_id, claim: accounts}`, or in a waiver `owner: ` and a team",
    "reason": "`reason: ` and why no person needs to look",
    "review_by": '`review_by: "2027-06-30"`',
    "when": "`when: {properties: {input: {...}}}`, a JSON Schema over `{input, principal}`",
    "message": "`message: ` and what the requester reads",
    "tool": "`tool: ` and a tool's name",
    "argument": "`argument: ` and the name of one of the tool's arguments",
    "claim": "`claim: ` and the name of a claim of the principal",
    "actions": "`actions: [dynamodb:GetItem]`",
    "resources": (
        '`resources: ["arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${Prefix}-orders"]`'
    ),
    "method": "`method: GET`",
    "url": "`url: https://api.example.com/v1/orders/{order_id}`",
    "steps/0": "`steps: [{id: read, tool: read_invoice}]`",
    "id": "`id: ` and a name for the step",
    "sinks": "`sinks: [[vendor_id, iban], [amount, currency]]`",
    "formats": "`iban`, `date`, `email`, `url`, `account`, `text`, or `{decimal: <currency argument>}`",
    "permissions": "`permissions: [{actions: [dynamodb:GetItem], resources: [...]}]`",
    "retry": "`retry: {max_attempts: 3, interval_seconds: 1, backoff_rate: 2.0}`",
    "environment": "`environment: {NAME: value}`, values in quotes if they look like numbers",
    "ceiling": "a number above 0, or one by currency: `{EUR: 5000}`",
    "time_zone": "`time_zone: Europe/Berlin`",
    "open": '`open: [{days: [mon, tue, wed, thu, fri], opens: "08:00", closes: "18:00"}]`',
    "days": "`days: [mon, tue, wed, thu, fri]`",
    "opens": '`opens: "08:00"`',
    "closes": '`closes: "18:00"`, or "24:00"',
    "calls": "`calls: 20`",
    "per_seconds": "`per_seconds: 3600`",
    "provider": "`bedrock` or `openai`",
    "price": "`price: {input: 3.0, output: 15.0, source: <page>, as_of: <day>}` in US dollars per million tokens",
    "source": "`source: ` and the page that the price was read from",
    "as_of": '`as_of: "2026-01-31"`',
    "principal": "`principal: {id: ap-bot, tenant: acme, kind: service}`",
    "tenant": "`tenant: ` and the tenant's name",
}

NAME = "lower-case letters, digits and underscores, a letter first, at most 40 characters"


def line_for(field: str) -> str:
    """The example for a field, or the field's own name when it needs none."""
    return LINES.get(field, f"`{field}: ...`")
