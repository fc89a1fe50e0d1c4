"""Removal of posterior spinal instrumentation (seed article 1, claims HR-)."""

from hooks.hardware_removal.service import ORDER_SELECT, ORDER_SIGN

SERVICES = (ORDER_SIGN, ORDER_SELECT)
