"""SQL only: functions take a connection and return domain objects."""
