"""Keyed hashes, so that equal patients and hook instances can be told without being shown."""

from __future__ import annotations

from hashlib import blake2b


class KeyedHashes:
    """Hashes under the audit key; who does not have it cannot try out ids."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = blake2b(key, digest_size=32).digest()  # blake2b takes at most 64 bytes as key

    def of_patient(self, client: str, patient_id: str) -> str:
        """Return 16 hexadecimal digits; the same id at another client is another patient."""
        return self._of(b"patient", client, patient_id)

    def of_instance(self, client: str, hook_instance: str) -> str:
        """Return 16 hexadecimal digits; a UUID is the same in upper and lower case."""
        return self._of(b"instance", client, hook_instance.lower())

    def _of(self, kind: bytes, client: str, value: str) -> str:
        message = f"{client}\0{value}".encode("utf-8", "surrogatepass")
        return blake2b(message, digest_size=8, key=self._key, person=kind).hexdigest()
