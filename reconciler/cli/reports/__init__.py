"""Reports: one account's, or a table or a document of many, with their progress and one exit code."""
