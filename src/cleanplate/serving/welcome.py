"""What the operator reads when the server starts."""

import socket

from cleanplate.fill.fill_advice import fills
from cleanplate.runtime.runtime import Runtime


def describe_fills(runtime: Runtime) -> str:
    """Who fills, and what to type for better fills, in one line."""
    found = fills(runtime)
    return f"{found.state}; {found.gain}: {found.mend}" if found.gain else found.state


def welcome_text(address: str, new_key: str | None, filled_by: str = "", sign_in: str | None = None) -> str:
    """What the operator reads: where the server is, who fills, the new key if there is one, and a line.

    Args:
        sign_in: the link that signs a browser in once.
    """
    link = (
        f"\n  Open it in a browser:      {sign_in}\n  (signs in once, within 10 minutes)\n" if sign_in else ""
    )
    shown = f"\n  API key, shown this once:  {new_key}\n" if new_key else ""
    fills = f"\n  Holes are filled by:       {filled_by}" if filled_by else ""
    return f"""
  Cleanplate listens at      {address}
  Base URL for DashScope:    {address}/api/v1{fills}
{link}{shown}
  Try it beside a photo.jpg and a mask.png (white = remove):

printf '{{"model":"image-erase-completion","input":{{"image_url":"%s","mask_url":"%s"}}}}' \\
  "$(base64 < photo.jpg | tr -d '\\n')" "$(base64 < mask.png | tr -d '\\n')" |
curl -sS {address}/api/v1/services/aigc/image2image/image-synthesis -d @- \\
  -H 'X-DashScope-Async: enable' -H 'Authorization: Bearer {new_key or "YOUR-KEY"}'

  Then ask for GET {address}/api/v1/tasks/<task_id> with the same Authorization header.
"""


def address_of(listener: socket.socket) -> str:
    """The URL under which this machine reaches the listener."""
    host, port = listener.getsockname()[:2]
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
