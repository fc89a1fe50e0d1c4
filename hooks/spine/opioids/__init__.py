"""Opioids: which medicines are opioids, how much a day in MME, for how long, and how regularly."""
