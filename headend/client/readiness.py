"""Whether a head end of ours answers that it is ready."""

import http.client
from urllib.parse import urlsplit


def not_ready(base_url: str, timeout_s: float = 2.0) -> str | None:
    """Why the head end at an http or https URL is not ready; None if it is."""
    parts = urlsplit(base_url)
    connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = connect(parts.netloc, timeout=timeout_s)
    try:
        connection.request("GET", f"{parts.path.rstrip('/')}/readyz")
        status = connection.getresponse().status
    except TimeoutError:
        return f"{base_url} does not answer within {timeout_s:g} s"
    except (OSError, http.client.HTTPException) as error:
        return f"{base_url}: {getattr(error, 'strerror', None) or error}"
    finally:
        connection.close()
    return None if status == 200 else f"{base_url}/readyz answers HTTP {status}"
