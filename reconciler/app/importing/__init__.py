"""Import: from an account's templates to templates.yaml and a lock."""
