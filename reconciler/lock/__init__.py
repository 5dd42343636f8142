"""The lockfile: its text, its place on disk, and who may write it.

- `file`: text <-> Lock, pure. The same lock gives the same bytes, whatever machine writes it. What is read is
  held against the schema, and a version that is not known is refused, never guessed.
- `store`: the file on disk. A write is atomic: whoever reads sees the old lock or the new one, whole. A run
  that finds the file changed since it was read does not write over it.
- `writer`: writes in the background, in order; of several that wait only the newest is written. What `flush`
  has returned from is on disk.
- `mutex`: one apply at a time. The operating system's lock ends with the process, however that dies; a mark
  beside the lockfile tells the next run that one was killed, and which names it was about to add.

So a run that is killed at any moment loses no template: what it was about to add stands in the mark, what
was added is written as soon as its template_id is known, and what lies between is adopted from the list.
"""
