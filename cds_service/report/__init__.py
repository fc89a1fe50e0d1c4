"""The report: what the services said in a period, and what became of it."""
