"""What `app` says."""

from . import Form

MESSAGES: dict[str, Form] = {
    # A message to be sent
    "app.values-by-keyword": "a mapping of keywords to values",
    "app.write-values": "write a line a keyword:  购买地点: TIT造舰厂",
    "app.a-value": "a value",
    "app.write-value": 'write it, or {{value: …, color: "#173177"}}',
    "app.bad-color": "{keyword}: {color} is no colour",
    "app.color": "a colour is # and six digits of 0-9 and A-F: #173177",
    "app.line-break": "a line break",
    "app.control": "a control character ({character})",
    # An import
    "app.names-by-title": "a mapping of template_ids or titles to names",
    "app.write-names": "write lines such as  购买成功通知: order_paid",
    "app.name-taken": "the name {name} is another template's",
    "app.choose-another-name": "choose another name for {template_id}",
    # A trace
    "app.trace-ends": "the trace {file} can't be written ({why}); the run goes on without it",
    "app.trace-kind": "it is {kind}",
    "app.trace-link": "it is a link, which is not followed",
    "app.trace-other": "there is a file that is no trace",
    "app.trace-refused": "can't write the trace: {why}",
    "app.name-another-trace": "name another file with --trace",
}
