"""A plan -> what people read: one module a format, each returns str. (JSON is the contract: document.py.)"""
