"""Free text of reports and notes: what it states, at which levels, in which sentence."""
