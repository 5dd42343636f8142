"""What comes of many accounts, as it comes: progress, a table or a document, and one exit code."""
