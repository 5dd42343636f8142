"""From a living account to templates.yaml and a lock: who lives there, what to call it, what to write."""
