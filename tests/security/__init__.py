"""Tests of who may call, and of where we connect to."""
