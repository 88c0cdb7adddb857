"""HTTP only: routes check who asks, call a use case and answer; errors become problems in one place."""
