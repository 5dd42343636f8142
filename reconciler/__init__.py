"""WeChat message templates as code: plan, apply, and a lockfile of template_ids."""

__version__ = "0.2.0"
