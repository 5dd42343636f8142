"""What the sandbox can be told to do wrong: which call, how, and how often. The calls know nothing of it."""
