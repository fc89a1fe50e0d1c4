"""Coverage-guided fuzzing of what reads foreign bytes (faults.md, T3); ``make fuzz``."""
