"""What is kept of a clinician's comment: nothing, the text, or the text encrypted.

A comment may name the patient, so that it never reaches a log, and is encrypted unless a
deployment decides otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from msgspec import Struct

MAX_CHARACTERS = 2000
DROP, KEEP, ENCRYPT = "drop", "keep", "encrypt"  # SPINE_CDS_COMMENTS


class KeptComment(Struct, frozen=True):
    """A comment as it is stored, and a mark by which equal comments are told."""

    stored: str | None = None
    form: str | None = None
    mark: str = ""


class Comments:
    """The policy of one deployment. ``keys`` are Fernet keys: the first encrypts, all decrypt."""

    def __init__(self, form: str, keys: Sequence[bytes]) -> None:
        self._form, self._keys = form, tuple(keys)
        self._cipher = MultiFernet([Fernet(key) for key in keys]) if keys else None

    def kept(self, comment: str | None) -> KeptComment:
        """Return what is stored of a comment, cut at ``MAX_CHARACTERS``.

        An encrypted comment looks different each time, so its mark is a keyed hash. Its key is the
        oldest one, which a rotation leaves in place.
        """
        if not comment or self._form == DROP:
            return KeptComment()
        text = comment[:MAX_CHARACTERS]
        if self._cipher is None or self._form == KEEP:
            return KeptComment(text, KEEP, text)
        mark = blake2b(text.encode(), digest_size=16, key=self._keys[-1]).hexdigest()
        return KeptComment(self._cipher.encrypt(text.encode()).decode(), ENCRYPT, mark)

    def read(self, stored: str | None, form: str | None) -> str | None:
        """Return the text of a stored comment; None when there is none or no key opens it."""
        if stored is None or form != ENCRYPT:
            return stored
        try:
            return self._cipher.decrypt(stored).decode() if self._cipher else None
        except InvalidToken:
            return None
