"""All messages, from the module of each room."""

from . import Form, app, apply, cli, core, desired, library, lint, lock, plan, render, wechat

MESSAGES: dict[str, Form] = {
    **core.MESSAGES,
    **lock.MESSAGES,
    **wechat.MESSAGES,
    **desired.MESSAGES,
    **library.MESSAGES,
    **plan.MESSAGES,
    **lint.MESSAGES,
    **apply.MESSAGES,
    **app.MESSAGES,
    **render.MESSAGES,
    **cli.MESSAGES,
}
