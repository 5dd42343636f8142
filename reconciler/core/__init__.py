"""What every room stands on: the nouns, errors, text, files. It imports nothing of ours from above."""
