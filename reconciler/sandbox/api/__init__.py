"""WeChat's calls, one file an API: what each takes, refuses and answers."""
