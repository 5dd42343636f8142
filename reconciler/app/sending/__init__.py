"""One test message: `values_file` reads what it is to say, `message` composes it, `sender` sends it."""
