"""An emulator of WeChat's original ``wxopen`` template-message API.

It shares no code with the client: an emulator that reads with the client's own parser proves nothing.
"The page" in these modules is WeChat's original page on mini program template messages; section numbers
refer to the project's notes on the API ("notes").

``library`` and ``store`` hold the data; ``tokens``, ``templates`` and ``messages`` the rules;
``app`` the routes; ``server`` the socket. Importing this package imports none of them.
"""
