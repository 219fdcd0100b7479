"""A customer is known to analyses by ``customer_key`` only: HMAC-SHA-256 of the source's id under the shop's key.

A plain hash would not do: ids and phone numbers are few enough to be tried one by one (research/cleaning.md, section
6). The key lies outside the project.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path
from typing import Any

from crmlib.errors import CrmError

KEY_BYTES = 32
KEY_DIGITS = 32
KEY_VARIABLE = "CRMLIB_KEY"
_BLOCK = 64
_PUBLISHED = b"crmlib published key, not a secret: "


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
    named, where = shown(path, settings.root), _where(settings)
    if not path.is_file():
        raise CrmError("privacy.no_key", shop=settings.shop.id, file=named, where=where)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise CrmError("privacy.open_key", file=named, mode=f"{stat.S_IMODE(path.stat().st_mode):04o}", where=where)
    return _decoded(path.read_text(encoding="ascii", errors="replace"), named)


def _where(settings: Any) -> str:
    return str(settings.where("privacy.key_file")) if hasattr(settings, "where") else "privacy.key_file"


def _placed(key_file: str, root: Path) -> Path:
    return root / Path(key_file).expanduser()


def shown(path: Path, root: Path | None = None) -> str:
    """Return a path as it is typed in the project folder, without the name of the home folder."""
    home = Path.home()
    if root is not None and path.is_relative_to(root):
        return path.relative_to(root).as_posix()
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
