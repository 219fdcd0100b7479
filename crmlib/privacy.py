"""Who may see what: keys for pseudonyms, small cells, spreadsheet-safe text, private files.

A customer is known to analyses by ``customer_key`` only: HMAC-SHA-256 of the source's id under a key that lies outside
the project. A plain hash would not do: ids and phone numbers are few enough to be tried one by one (research/
cleaning.md, section 6).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlib.errors import CrmError

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.result import Table

KEY_BYTES = 32
KEY_DIGITS = 32
KEY_VARIABLE = "CRMLIB_KEY"
_BLOCK = 64
_PUBLISHED = b"crmlib published key, not a secret: "
_RISKY = tuple("=+-@＝＋－＠\t\r\0")
#: Units of columns that name a row (``r_score``, ``age_months``) where they stand before its count.
_NAMING = ("code", "text", "date", "month", "score", "index", "count", "days")
#: Cells that are numbers or dates are no formulas, whatever they begin with.
_PLAIN = frozenset("0123456789.,+-:/ ")


def load_key(settings: Any) -> bytes:
    """Return the key of a shop.

    A published key (sample, recipes) is derived from its name and is no secret. A real shop's key comes from
    ``privacy.key_file``, else the environment variable ``CRMLIB_KEY`` (64 hex digits), else the file ``init`` makes.

    Raises
    ------
    CrmError
        ``privacy.no_key``; ``privacy.open_key`` when others may read the file; ``privacy.bad_key``.
    """
    privacy = settings.privacy
    if privacy.published_key:
        return hashlib.sha256(_PUBLISHED + privacy.published_key.encode()).digest()
    if not privacy.key_file and os.environ.get(KEY_VARIABLE):
        return _decoded(os.environ[KEY_VARIABLE], KEY_VARIABLE)
    path = _placed(privacy.key_file, settings.root) if privacy.key_file else key_path(settings.shop.id)
    if not path.is_file():
        raise CrmError("privacy.no_key", shop=settings.shop.id, file=shown(path), where="privacy.key_file")
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise CrmError("privacy.open_key", file=shown(path), mode=f"{stat.S_IMODE(path.stat().st_mode):04o}")
    return _decoded(path.read_text(encoding="ascii", errors="replace"), shown(path))


def _placed(key_file: str, root: Path) -> Path:
    return root / Path(key_file).expanduser()


def shown(path: Path) -> str:
    """Return a path without the name of the home folder."""
    home = Path.home()
    return f"~/{path.relative_to(home).as_posix()}" if path.is_relative_to(home) else path.as_posix()


def _decoded(text: str, where: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise CrmError("privacy.bad_key", where=where)
    return key


def key_path(shop_id: str) -> Path:
    """Return where ``init`` puts a shop's key: outside every project."""
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "crmlib" / "keys" / f"{shop_id}.key"


def create_key(shop_id: str) -> Path:
    """Make a new random key for a shop and return its file; never overwrite one, since old keys could not come back.

    Raises
    ------
    CrmError
        ``privacy.key_exists``.
    """
    path = key_path(shop_id)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CrmError("privacy.key_exists", file=shown(path)) from None
    with os.fdopen(number, "w", encoding="ascii") as stream:
        stream.write(secrets.token_hex(KEY_BYTES) + "\n")
    return path


def key_id(key: bytes) -> str:
    """Return a short name of a key that tells nothing about it."""
    return hashlib.sha256(b"crmlib key id: " + key).hexdigest()[:12]


def customer_key(key: bytes, customer_id: str) -> str:
    """Return the pseudonym of one customer id: HMAC-SHA-256, first 32 hex digits."""
    return hmac.new(key, customer_id.encode(), hashlib.sha256).hexdigest()[:KEY_DIGITS]


def customer_key_sql(expression: str) -> str:
    """Return the same as an expression of the engine; it reads the parameters of `key_parameters`.

    HMAC written out (RFC 2104): H(key xor opad, H(key xor ipad, text)).
    """
    return (f"substr(sha256($crm_outer || unhex(sha256($crm_inner || encode({expression})))), 1, {KEY_DIGITS})")


def key_parameters(key: bytes) -> dict[str, bytes]:
    """Return the parameters of `customer_key_sql`; bound, not written into the statement, so no message shows them."""
    block = (key if len(key) <= _BLOCK else hashlib.sha256(key).digest()).ljust(_BLOCK, b"\0")
    return {"crm_inner": bytes(b ^ 0x36 for b in block), "crm_outer": bytes(b ^ 0x5C for b in block)}


def suppress(table: Table, k: int) -> pd.DataFrame:
    """Return a table's frame with small cells hidden, and a boolean column ``suppressed``.

    Rows that rest on 1 to k-1 people lose every number. Where the rows of a group (``table.within``) add up to a
    published total, a single hidden row could be recovered by subtraction, so a second one is hidden too, and further
    ones until the hidden rows together hold at least k people: always the smallest next row, ties by position. A row of
    zero people tells nobody's secret and stays.

    Returns
    -------
    pandas.DataFrame
        Same rows and columns in the same order, whole numbers as ``Int64`` where one is hidden.
    """
    frame = table.frame.copy()
    if table.count is None or table.count not in frame.columns:
        return frame.assign(suppressed=False)
    counts = [int(n) if n == n and n is not None else 0 for n in frame[table.count]]
    hidden = _hidden(counts, _groups(frame, table.within), k)
    frame["suppressed"] = hidden
    return _nulled(frame, _measures(table), hidden)


def _measures(table: Table) -> list[str]:
    """Columns that say something about the people of a row; those that name the row come before the count."""
    names = [c for c in table.columns if c in table.frame.columns]
    before = names[:names.index(table.count)] if table.count in names else []
    naming = {c for c in before if table.columns[c].unit in _NAMING} | set(table.within)
    return [c for c in names if c not in naming]


def _groups(frame: pd.DataFrame, within: Sequence[str]) -> list[tuple[Any, ...]]:
    names = [c for c in within if c in frame.columns]
    return list(frame[names].itertuples(index=False, name=None)) if names else [()] * len(frame)


def _hidden(counts: list[int], groups: list[tuple[Any, ...]], k: int) -> list[bool]:
    small = [0 < n < k for n in counts]
    hidden = list(small)
    for group in dict.fromkeys(groups):
        rows = [i for i, g in enumerate(groups) if g == group]
        for i in _partners([i for i in rows if small[i]], rows, counts, k):
            hidden[i] = True
    return hidden


def _partners(small: list[int], rows: list[int], counts: list[int], k: int) -> Iterable[int]:
    """Return the further rows to hide in one group."""
    if not small:
        return []
    rest = sorted((i for i in rows if counts[i] >= k), key=lambda i: (counts[i], i))
    people, taken = sum(counts[i] for i in small), list[int]()
    while rest and (len(small) + len(taken) < 2 or people < k):
        taken.append(rest.pop(0))
        people += counts[taken[-1]]
    return taken


def _nulled(frame: pd.DataFrame, names: list[str], hidden: list[bool]) -> pd.DataFrame:
    import pandas as pd

    if not any(hidden):
        return frame
    for name in names:
        kind = frame[name].dtype
        if pd.api.types.is_bool_dtype(kind) or not _numeric(frame[name]):
            continue
        whole = pd.api.types.is_integer_dtype(kind)
        column = frame[name].astype("Int64") if whole else frame[name]
        frame[name] = column.mask(pd.Series(hidden, index=frame.index))
    return frame


def _numeric(column: pd.Series) -> bool:
    """Whether a column holds numbers, exact decimals included."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column.dtype):
        return True
    from decimal import Decimal

    values = [v for v in column if v is not None and v == v]
    return bool(values) and all(isinstance(v, (int, float, Decimal)) for v in values)


def formula_safe(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: a leading ``'`` where it would (CWE-1236)."""
    start = text.lstrip(" \u3000")
    number = start[:1] in ("+", "-") and set(start) <= _PLAIN and any(c.isdigit() for c in start)
    return "'" + text if start.startswith(_RISKY) and not number else text


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner may enter, and return it."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.chmod(0o700)
    return path


def write_private(path: Path, content: bytes) -> Path:
    """Write a file that only its owner may read, whole or not at all, and return it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    number = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "wb") as stream:
        stream.write(content)
    part.replace(path)
    return path


def is_card_number(text: str) -> bool:
    """Return whether a text has the shape and check digit of a payment card (14 to 16 digits, Luhn)."""
    digits = text.replace(" ", "").replace("-", "")
    if not (digits.isascii() and digits.isdigit() and 14 <= len(digits) <= 16 and digits[0] in "23456"):
        return False
    doubled = [int(d) * (2 if n % 2 else 1) for n, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0
