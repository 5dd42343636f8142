"""A message through the lock: what somebody wants to send, and what is sent."""
