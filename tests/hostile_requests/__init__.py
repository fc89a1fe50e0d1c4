"""Requests that nobody should send: raw bytes, damaged members, text that wants to be markup."""
