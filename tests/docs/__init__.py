"""The pages of docs/ are true: what they show is run, and what they list is held against the program."""
