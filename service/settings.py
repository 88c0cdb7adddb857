"""Every setting, read from the environment under the prefix INKLING_; the README lists them all."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from service import errors


class Settings(BaseSettings):
    """How this installation runs."""

    model_config = SettingsConfigDict(env_prefix="INKLING_", env_ignore_empty=True, extra="ignore", frozen=True)

    home: Path = Field(Path(".inkling"), description="Folder of the database, the caches and trainings under way.")
    models: Path = Field(Path("models"), description="Folder of the models and their registry.")
    data: Path = Field(
        Path(__file__).resolve().parents[1] / "data",
        description="Folder of the starter codebook, excerpts and transcripts; beside the program by default.",
    )
    database_url: str | None = Field(
        None, description="sqlite:///FILE or postgresql+psycopg://HOST/DATABASE; SQLite in the home by default."
    )
    encoder: str | None = Field(
        None, description="Folder of a sentence-transformers model; the packaged all-MiniLM-L6-v2 by default."
    )
    hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Further host names the server answers to, with commas between; loopback is always among them."
    )
    session_hours: float = Field(12, gt=0, le=24 * 366, description="How long a sign-in lasts.")
    sign_in_failures_per_name: int = Field(8, ge=1, description="Wrong passwords borne for one name.")
    sign_in_failures_per_address: int = Field(40, ge=1, description="Wrong passwords borne from one address.")
    sign_in_window_minutes: float = Field(15, gt=0, description="For how long a wrong password counts.")
    max_upload_bytes: int = Field(50_000_000, ge=1, description="The largest transcript that can be imported.")
    max_body_bytes: int = Field(8_000_000, ge=1, description="The largest body of any other request.")
    segment_words: int = Field(60, ge=5, le=1000, description="About how many words a segment has.")
    batch_segments: int = Field(256, ge=1, description="How many segments of several requests are suggested at once.")
    batch_wait_ms: float = Field(
        2, ge=0, le=100, description="How long to gather requests into one batch while others are being answered."
    )
    job_lease_seconds: float = Field(
        20, ge=1, description="How long a silent worker keeps its training before another takes it up."
    )

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            name = "_".join(str(part) for part in first["loc"][:1]).upper()
            raise errors.BadInput(f"INKLING_{name}: {first['msg']}.") from None

    @field_validator("hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip().lower() for part in value.split(",") if part.strip())
        return value

    @property
    def url(self) -> str:
        """The database's address."""
        return self.database_url or f"sqlite:///{self.home / 'inkling.db'}"

    @property
    def cache(self) -> Path:
        """Where what can be made again is kept, such as the compiled encoder."""
        return self.home / "cache"

    @property
    def starter_codebook(self) -> Path:
        """The codebook of a project for which none is given."""
        return self.data / "codebooks" / "trauma-informed-practice.yaml"
