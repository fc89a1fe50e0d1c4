"""Keyed hashes, so that equal patients and hook instances can be told without being shown."""

from __future__ import annotations

from hashlib import blake2b


class KeyedHashes:
    """Hashes under the audit key; who does not have it cannot try out ids."""

    __slots__ = ("_instances", "_patients")

    def __init__(self, key: bytes) -> None:
        fitting = blake2b(key, digest_size=32).digest()  # a key has at most 64 bytes
        self._patients = blake2b(digest_size=8, key=fitting, person=b"patient")
        self._instances = blake2b(digest_size=8, key=fitting, person=b"instance")

    def of_patient(self, client: str, patient_id: str) -> str:
        """Return 16 hexadecimal digits; the same id at another client is another patient."""
        return _hash(self._patients, client, patient_id)

    def of_instance(self, client: str, hook_instance: str) -> str:
        """Return 16 hexadecimal digits; a UUID is the same in upper and lower case."""
        return _hash(self._instances, client, hook_instance.lower())


def _hash(begun: blake2b, client: str, value: str) -> str:
    hashed = begun.copy()  # cheaper than a key each time
    hashed.update(f"{client}\0{value}".encode("utf-8", "surrogatepass"))
    return hashed.hexdigest()
