"""Records, criteria, assessments and cards; standard library, msgspec and PyYAML only."""
