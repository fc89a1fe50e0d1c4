"""Who may call us from where, and what never leaves the process."""
