"""Bytes to WeChat and back: sockets, proxies, certificates; bounds on what is under way; calls made again."""
