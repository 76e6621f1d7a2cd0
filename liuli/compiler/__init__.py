"""Programs: recorded from Python, printed, checked, and run."""
