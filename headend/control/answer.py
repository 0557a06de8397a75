"""The base of every body that goes out."""

from typing import Any

from pydantic import BaseModel


class Answer(BaseModel):
    """JSON that the control API answers with. Its schema is that of what is sent, with the names on the wire."""

    @classmethod
    def model_json_schema(cls, *args: Any, **options: Any) -> dict[str, Any]:
        """The schema of the sent form; APIFlask asks for that of the received one, whatever the model is for."""
        return super().model_json_schema(*args, **options | {"mode": "serialization"})
